import { openSync } from "node:fs";

import type { Invocation } from "./cli.js";
import {
  StreamOptionsByGlob,
  type ReplicationMethod,
  type StreamOptions,
} from "./catalog.js";
import type { BatchConfig } from "./commands/batch/write-files.js";
import { checkConfig, readConfig, readText, secretsOf } from "./config.js";
import type { Config, Context, Engine } from "./engine.js";
import { chooseEngine } from "./engines/index.js";
import { Failure } from "./failure.js";
import type { Message } from "./message.js";
import type { CatalogSettings, Protocol } from "./protocol.js";
import type { Reporter } from "./reporter.js";
import { chunksOf } from "./util/stdio.js";

type Messages = AsyncIterable<Message> | Iterable<Message>;

/** What the commands of a protocol are made of. */
export interface CommandParts {
  readonly call: Invocation;
  readonly protocol: Protocol;
  readonly reporter: Reporter;
  readonly context: Context;
  /** Lets `write` come to a good end. */
  readonly stop: AbortSignal;
}

/**
 * The messages of `spec`, `check`, `discover`, `read` or `write`; everything that it needs from files is read and
 * checked here.
 *
 * @throws Failure(usage | invalid_config)
 */
export async function commandMessages(parts: CommandParts): Promise<Messages> {
  const { call, protocol, reporter, context } = parts;
  reporter.speak(protocol.name, protocol.encoder({}));
  if (call.command === "spec") {
    const { spec } = await import("./commands/spec.js");
    return spec(chooseEngine(readConfig(call.config), call.engine), call.role);
  }
  const { engine, given, schema } = engineOf(call, reporter);
  if (call.command === "check") return check(engine, given, schema, context);
  const config = await checkConfig(given, schema);
  switch (call.command) {
    case "discover": {
      const { discover } = await import("./commands/discover.js");
      return discover(engine, config, context);
    }
    case "read":
      return read(parts, engine, config);
    case "write":
      return write(parts, engine, config);
    case "serve":
    case "demo":
    case "version":
      throw new Failure("internal", `${call.command} is not a command here`);
  }
}

/** The engine that the config chooses, and its schema; secrets are known from here on. */
export function engineOf(
  { command, config, engine: fallback, role }: Invocation,
  reporter: Reporter,
): {
  readonly engine: Engine;
  readonly given: Config;
  readonly schema: object;
} {
  if (config.length === 0)
    throw new Failure("usage", `${command} needs --config FILE`);
  const given = readConfig(config);
  const engine = chooseEngine(given, fallback);
  const schema = engine.configSchema(role);
  reporter.secrets = secretsOf(given, schema);
  return { engine, given, schema };
}

/** A config that is not valid is a failed check, not a failed call. */
async function* check(
  engine: Engine,
  given: Config,
  schema: object,
  context: Context,
): AsyncGenerator<Message> {
  let config: Config;
  try {
    config = await checkConfig(given, schema);
  } catch (error) {
    yield { type: "connection_status", failure: Failure.from(error) };
    return;
  }
  const command = await import("./commands/check.js");
  yield* command.check(engine, config, context);
}

async function read(
  { call, protocol, reporter, context }: CommandParts,
  engine: Engine,
  config: Config,
): Promise<Messages> {
  if (call.catalog === undefined)
    throw new Failure(
      "usage",
      "read needs --catalog FILE; discover prints one",
    );
  const catalog = inFile(call.catalog, "catalog", (text) =>
    protocol.parseCatalog(text, catalogSettings(config)),
  );
  const stateText =
    call.state === undefined ? undefined : readText(call.state, "state");
  const state =
    call.state === undefined
      ? new Map()
      : inFile(call.state, "state", (text) =>
          protocol.parseState(text, catalog),
        );
  const nonFinite = config["non_finite"] as "string" | "null" | "fail";
  const activateVersions = config["emit_activate_version_messages"] as boolean;
  const options = { stateText, nonFinite, activateVersions };
  reporter.speak(protocol.name, protocol.encoder(options));
  const command = await import("./commands/read.js");
  const messages = command.read(engine, config, catalog, state, context);
  const batchConfig = config["batch_config"] as BatchConfig | undefined;
  if (batchConfig === undefined) return messages;
  if (protocol.name !== "singer")
    throw new Failure(
      "invalid_config",
      "batch_config is Singer's: Airbyte has no message for files; take it out of the config",
    );
  // Targets leave out the version of rows in files, and would take them for older ones.
  if (activateVersions)
    throw new Failure(
      "invalid_config",
      "rows in files have no version for emit_activate_version_messages to activate; take it or batch_config out of the config",
    );
  const { batchFiles } = await import("./commands/batch/write-files.js");
  return batchFiles(messages, batchConfig, nonFinite);
}

async function write(
  { call, protocol, context, stop }: CommandParts,
  engine: Engine,
  config: Config,
): Promise<Messages> {
  if (call.catalog === undefined && protocol.name === "airbyte")
    throw new Failure("usage", "write needs --catalog FILE");
  const decoder = protocol.decoder({
    catalogText:
      call.catalog === undefined
        ? undefined
        : readText(call.catalog, "catalog"),
    name: call.input ?? "stdin",
    addRecordMetadata: config["add_record_metadata"] as boolean,
    olderRows: olderRowsOf(config),
    validateRecords: config["validate_records"] as boolean,
    warn: (text) => {
      context.log("warn", text);
    },
    onInvalid: config["on_invalid"] as "fail" | "dead_letter",
    defaultNamespace: config["default_target_schema"] as string | undefined,
  });
  const descriptor = call.input === undefined ? 0 : openSync(call.input, "r");
  const command = await import("./commands/write.js");
  const input = chunksOf(descriptor);
  return command.write(engine, config, decoder, input, stop, context);
}

function olderRowsOf(config: Config): "mark" | "delete" | "keep" {
  if (config["process_activate_version_messages"] === false) return "keep";
  return config["hard_delete"] === true ? "delete" : "mark";
}

/** What the settings say over the catalog; see `engines/settings.ts`. */
function catalogSettings(config: Config): CatalogSettings {
  const { default_replication_method, stream_options } = config as {
    readonly default_replication_method?: ReplicationMethod;
    readonly stream_options?: Readonly<Record<string, StreamOptions>>;
  };
  return {
    defaultMethod: default_replication_method,
    streams: new StreamOptionsByGlob(stream_options),
  };
}

/** Reads and parses a file of the user; a failure names it. */
function inFile<T>(path: string, what: string, parse: (text: string) => T): T {
  const text = readText(path, what);
  try {
    return parse(text);
  } catch (error) {
    const failure = Failure.from(error);
    throw new Failure(
      failure.code,
      `${failure.message} (in the ${what} file ${path})`,
      { stream: failure.stream, cause: error },
    );
  }
}
