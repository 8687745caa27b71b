import { serveFlags } from "./commands/serve-flags.js";
import type { Role } from "./engine.js";
import { Failure } from "./failure.js";

/** What a bin's name fixes; the umbrella bin fixes nothing. */
export interface Bin {
  readonly bin: string;
  readonly engine?: string;
  readonly role?: Role;
  readonly protocol?: ProtocolName;
}

type ProtocolName = "singer" | "airbyte";

const commands = [
  "spec",
  "check",
  "discover",
  "read",
  "write",
  "serve",
  "demo",
  "version",
] as const;

type Command = (typeof commands)[number];

/** One call of the program. */
export interface Invocation {
  readonly command: Command;
  readonly protocol: ProtocolName;
  readonly role: Role;
  readonly engine: string | undefined;
  readonly config: readonly string[];
  readonly catalog: string | undefined;
  readonly state: string | undefined;
  /** File to read instead of stdin. */
  readonly input: string | undefined;
  /** Form in which `check` explains itself; undefined when it does not. */
  readonly explain: "table" | "json" | undefined;
  /** Options of `serve`, not yet looked at. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/**
 * Reads the arguments. Calls that need no options are told apart before yargs is loaded, which takes as
 * long as an empty Node process. Undefined when help was asked for and printed.
 * @throws Failure(usage)
 */
export async function parseArguments(
  bin: Bin,
  argv: readonly string[],
): Promise<Invocation | undefined> {
  const quick = quickCommand(bin, argv);
  if (quick !== undefined) return invocation(bin, quick, quickOptions(argv));
  const { default: yargs } = await import("yargs");
  const parser = yargs([...argv])
    .scriptName(bin.bin)
    .strict()
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
    })
    .fail((text, error) => {
      const what = text === "" ? Failure.from(error).message : text;
      throw new Failure(
        "usage",
        `${what.replace(/\s+/g, " ")}; ${bin.bin} --help tells what there is`,
      );
    });
  const parsed =
    bin.protocol === "singer"
      ? await singerOptions(bin, parser).parseAsync()
      : await commandOptions(bin, parser).parseAsync();
  const options = parsed as Readonly<Record<string, unknown>>;
  if (options["help"] === true) return undefined;
  const command =
    bin.protocol === "singer"
      ? singerCommand(bin, options)
      : String((options["_"] as readonly unknown[])[0]);
  if (!isCommand(command))
    throw new Failure(
      "usage",
      `${command} is not a command; ${commands.join(", ")} are`,
    );
  return invocation(bin, command, options);
}

function quickCommand(bin: Bin, argv: readonly string[]): Command | undefined {
  const [first] = argv;
  if (argv.length === 1 && first === "--version") return "version";
  if (bin.protocol === "singer")
    return argv.length === 1 && first === "--about" ? "spec" : undefined;
  if (first !== "spec") return undefined;
  const isComplete = bin.role !== undefined || argv.includes("--role");
  return isComplete && isQuick(bin, argv) ? "spec" : undefined;
}

/** Options of `spec` of the umbrella bin, with the values that need no help text. */
const quickValues: Readonly<Record<string, RegExp>> = {
  "--role": /^(source|destination)$/,
  "--engine": /^[a-z]+$/,
  "--protocol": /^(singer|airbyte)$/,
};

/** Whether nothing but `--name value` pairs of these stands behind the command. */
function isQuick(bin: Bin, argv: readonly string[]): boolean {
  if (argv.length === 1) return true;
  if (bin.role !== undefined || argv.length % 2 === 0) return false;
  return argv.every(
    (word, index) =>
      index % 2 === 0 ||
      quickValues[word]?.test(argv[index + 1] as string) === true,
  );
}

function quickOptions(argv: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (let index = 1; index + 1 < argv.length; index += 2)
    options[(argv[index] as string).slice(2)] = argv[index + 1] as string;
  return options;
}

type Parser = ReturnType<typeof import("yargs").default>;

/** What `check`, and `--test` of Singer's bins, can say more of a connection. */
const explainOptions = {
  explain: {
    type: "boolean",
    describe:
      "With the check: every step from DNS to a swap of tables, with times and hints",
  },
  format: {
    choices: ["table", "json"],
    describe: "Form of --explain, table without; --about is always JSON",
  },
} as const;

/** Options of a Singer tap or target, classic and of the Meltano SDK. */
function singerOptions(bin: Bin, parser: Parser) {
  const shared = parser
    .usage(
      bin.role === "source"
        ? "$0 --config FILE [--discover | --catalog FILE [--state FILE]]"
        : "$0 --config FILE < messages > state.jsonl",
    )
    .option("config", {
      alias: "c",
      type: "string",
      array: true,
      requiresArg: true,
      describe: "Settings, a JSON file; of several the later one wins",
    })
    .option("about", {
      type: "boolean",
      describe: "Print name, version, capabilities and settings",
    })
    .option("test", {
      type: "boolean",
      describe: "Connect, list a table and say whether it worked",
    })
    .options(explainOptions);
  if (bin.role === "destination")
    return shared.option("input", {
      type: "string",
      requiresArg: true,
      describe: "File to read instead of stdin",
    });
  return shared
    .option("discover", {
      alias: "d",
      type: "boolean",
      describe: "Print the catalog",
    })
    .option("catalog", {
      type: "string",
      requiresArg: true,
      describe: "What to read, a JSON file",
    })
    .option("properties", {
      alias: "p",
      type: "string",
      requiresArg: true,
      deprecated: "use --catalog",
    })
    .option("state", {
      alias: "s",
      type: "string",
      requiresArg: true,
      describe: "Where the last run ended, a JSON file",
    });
}

function singerCommand(
  bin: Bin,
  options: Readonly<Record<string, unknown>>,
): Command {
  if (options["about"] === true) return "spec";
  if (options["test"] === true || options["explain"] === true) return "check";
  if (options["discover"] === true) return "discover";
  return bin.role === "source" ? "read" : "write";
}

/** The commands, as Airbyte calls them, and our own two. */
function commandOptions(bin: Bin, parser: Parser) {
  const described: Readonly<Record<Exclude<Command, "version">, string>> = {
    spec: "Print the settings as JSON Schema",
    check: "Try the connection",
    discover: "Print every table with its columns, types and key",
    read: "Read the streams of the catalog to stdout",
    write: "Load the messages on stdin",
    serve: "Run a Flight SQL server over DuckDB",
    demo: "Sync real tables between two servers on this machine",
  };
  const roleCommands: Readonly<Record<Role, readonly string[]>> = {
    source: ["spec", "check", "discover", "read"],
    destination: ["spec", "check", "write"],
  };
  let result = parser.demandCommand(1, 1);
  for (const [name, text] of Object.entries(described)) {
    if (bin.role !== undefined && !roleCommands[bin.role].includes(name))
      continue;
    result = result.command(name, text, (command) =>
      name === "serve"
        ? command.options(serveFlags)
        : name === "demo"
          ? command
          : name === "check"
            ? fileOptions(bin, command).options(explainOptions)
            : fileOptions(bin, command),
    );
  }
  return result;
}

function fileOptions(bin: Bin, command: Parser): Parser {
  const file = { type: "string", requiresArg: true } as const;
  const result = command
    .option("config", {
      ...file,
      array: true,
      describe: "Settings, a JSON file",
    })
    .option("catalog", {
      ...file,
      describe: "What to read or write, a JSON file",
    })
    .option("state", {
      ...file,
      describe: "Where the last run ended, a JSON file",
    })
    .option("input", { ...file, describe: "File to read instead of stdin" });
  if (bin.role !== undefined) return result;
  return result
    .option("engine", {
      ...file,
      describe: "Engine, when the config does not say",
    })
    .option("role", {
      choices: ["source", "destination"] as const,
      describe: "For spec and check",
    })
    .option("protocol", {
      choices: ["singer", "airbyte"] as const,
      describe: "Wire format",
    });
}

function invocation(
  bin: Bin,
  command: Command,
  options: Readonly<Record<string, unknown>>,
): Invocation {
  const text = (key: string): string | undefined => {
    const value = options[key];
    return typeof value === "string" ? value : undefined;
  };
  const config = options["config"];
  return {
    command,
    protocol:
      bin.protocol ?? (text("protocol") === "singer" ? "singer" : "airbyte"),
    role:
      bin.role ??
      (command === "write" || text("role") === "destination"
        ? "destination"
        : "source"),
    engine: text("engine") ?? bin.engine,
    config: Array.isArray(config) ? config.map(String) : [],
    catalog: text("catalog") ?? text("properties"),
    state: text("state"),
    input: text("input"),
    explain:
      options["explain"] === true
        ? text("format") === "json"
          ? "json"
          : "table"
        : undefined,
    rest: options,
  };
}

function isCommand(name: string): name is Command {
  return commands.some((command) => command === name);
}
