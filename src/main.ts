import { openSync } from "node:fs";
import { createRequire } from "node:module";

import { parseArguments, type Bin, type Invocation } from "./cli.js";
import {
  checkConfig,
  readConfig,
  readServeSettings,
  readText,
  secretsOf,
} from "./config.js";
import { chooseEngine } from "./engines/index.js";
import type { Config, Context, Engine } from "./engine.js";
import { Failure } from "./failure.js";
import { logLine, type LogFields, type LogFormat } from "./log-line.js";
import type { LogLevel, Message } from "./message.js";
import type { Encoder, Protocol } from "./protocol.js";
import { protocolNamed } from "./protocols/index.js";
import { Progress } from "./progress.js";
import { blockingOutput, openOutput } from "./util/output.js";
import { chunksOf, PipeClosed, writeError, writeOut } from "./util/stdio.js";

/**
 * The whole program: arguments to a command, its messages to stdout, logs to stderr, one exit code.
 * Nothing else touches argv, stdout, signals or the exit code.
 */
export async function main(bin: Bin): Promise<void> {
  // Deprecations concern the authors of what we depend on, not who reads our stderr.
  process.noDeprecation = true;
  const run = new Run();
  let exitCode: number;
  try {
    exitCode = await run.execute(bin, process.argv.slice(2));
  } catch (error) {
    exitCode = run.fail(error);
  }
  run.exit(await run.flush(exitCode));
}

/** What a shell says of a process that SIGPIPE ended (128 + 13). */
const pipeClosedExit = 141;

/** State of this process while a command runs. */
class Run {
  /** Ends the command at once. */
  readonly #abort = new AbortController();
  /** Lets a command come to a good end. */
  readonly #stop = new AbortController();
  #signal: NodeJS.Signals | undefined;
  #secrets: readonly string[] = [];
  #encoder: Encoder | undefined;
  #protocol: Protocol | undefined;
  #logFormat: LogFormat = "text";
  readonly #progress = new Progress();
  #output = blockingOutput;

  async execute(bin: Bin, argv: readonly string[]): Promise<number> {
    const call = await parseArguments(bin, argv);
    if (call === undefined) return 0;
    if (call.command === "version") {
      writeOut(Buffer.from(`${bin.bin} v${version()}\n`));
      return 0;
    }
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.on(signal, () => {
        this.#interrupt(signal, call);
      });
    const context: Context = {
      signal: this.#abort.signal,
      log: (level, text) => {
        this.#log(level, text);
      },
    };
    if (call.command === "serve") {
      this.#logFormat = call.rest["log-format"] as LogFormat;
      const { serveCommand } = await import("./commands/serve.js");
      const settings = await readServeSettings(call.rest);
      this.#secrets = settings.secrets;
      const log: Parameters<typeof serveCommand>[2] = (...entry) => {
        this.#log(...entry);
      };
      await serveCommand(settings, this.#stop.signal, log, (line) => {
        writeOut(Buffer.from(`${line}\n`));
      });
      return 0;
    }
    if (call.command === "demo") {
      const { demo } = await import("./demo/index.js");
      return demo(context, (line) => {
        writeOut(Buffer.from(`${line}\n`));
      });
    }
    if (call.command === "check" && call.explain !== undefined)
      return this.#explain(call, call.explain, context);
    this.#protocol = await protocolNamed(call.protocol);
    if (call.command === "read" || call.command === "write")
      this.#output = await openOutput();
    const exitCode = await this.#emit(await this.#command(call, context));
    if (call.command === "read" || call.command === "write")
      this.#progress.end((text) => {
        this.#log("info", text);
      });
    return exitCode;
  }

  /** The messages of a command; everything it needs from files is read and checked here. */
  async #command(
    call: Invocation,
    context: Context,
  ): Promise<AsyncIterable<Message> | Iterable<Message>> {
    const protocol = this.#protocol as Protocol;
    this.#encoder = protocol.encoder({});
    if (call.command === "spec") {
      const { spec } = await import("./commands/spec.js");
      return spec(
        chooseEngine(readConfig(call.config), call.engine),
        call.role,
      );
    }
    const { engine, given, schema } = this.#engineOf(call);
    if (call.command === "check")
      return this.#check(engine, given, schema, context);
    const config = await checkConfig(given, schema);
    switch (call.command) {
      case "discover": {
        const { discover } = await import("./commands/discover.js");
        return discover(engine, config, context);
      }
      case "read":
        return this.#read(call, engine, config, context);
      case "write":
        return this.#write(call, engine, config, context);
      case "serve":
      case "demo":
      case "version":
        throw new Failure("internal", `${call.command} is not a command here`);
    }
  }

  /** People and programs that look into a connection read this, no protocol. */
  async #explain(
    call: Invocation,
    format: "table" | "json",
    context: Context,
  ): Promise<number> {
    const { engine, given, schema } = this.#engineOf(call);
    const config = await checkConfig(given, schema);
    const { explain } = await import("./commands/explain.js");
    const { failure } = await explain(
      engine,
      config,
      call.role,
      format,
      context,
      {
        write: (line) => {
          writeOut(Buffer.from(`${line}\n`));
        },
        redact: (text) => this.#redact(text),
      },
    );
    return failure?.exitCode ?? 0;
  }

  /** The engine that the config chooses, and its schema; secrets are known from here on. */
  #engineOf(call: Invocation): {
    readonly engine: Engine;
    readonly given: Config;
    readonly schema: object;
  } {
    if (call.config.length === 0)
      throw new Failure("usage", `${call.command} needs --config FILE`);
    const given = readConfig(call.config);
    const engine = chooseEngine(given, call.engine);
    const schema = engine.configSchema(call.role);
    this.#secrets = secretsOf(given, schema);
    return { engine, given, schema };
  }

  /** A config that is not valid is a failed check, not a failed call. */
  async *#check(
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
    const { check } = await import("./commands/check.js");
    yield* check(engine, config, context);
  }

  async #read(
    call: Invocation,
    engine: Engine,
    config: Config,
    context: Context,
  ): Promise<AsyncIterable<Message>> {
    const protocol = this.#protocol as Protocol;
    if (call.catalog === undefined)
      throw new Failure(
        "usage",
        "read needs --catalog FILE; discover prints one",
      );
    const catalog = inFile(call.catalog, "catalog", (text) =>
      protocol.parseCatalog(text),
    );
    const stateText =
      call.state === undefined ? undefined : readText(call.state, "state");
    const state =
      call.state === undefined
        ? new Map()
        : inFile(call.state, "state", (text) =>
            protocol.parseState(text, catalog),
          );
    this.#encoder = protocol.encoder({
      stateText,
      nonFinite: config["non_finite"] as "string" | "null" | "fail",
    });
    const { read } = await import("./commands/read.js");
    return read(engine, config, catalog, state, context);
  }

  async #write(
    call: Invocation,
    engine: Engine,
    config: Config,
    context: Context,
  ): Promise<AsyncIterable<Message>> {
    const protocol = this.#protocol as Protocol;
    if (call.catalog === undefined && protocol.name === "airbyte")
      throw new Failure("usage", "write needs --catalog FILE");
    const decoder = protocol.decoder({
      catalogText:
        call.catalog === undefined
          ? undefined
          : readText(call.catalog, "catalog"),
      name: call.input ?? "stdin",
      defaultNamespace: config["default_target_schema"] as string | undefined,
    });
    const descriptor = call.input === undefined ? 0 : openSync(call.input, "r");
    const { write } = await import("./commands/write.js");
    const input = chunksOf(descriptor);
    return write(engine, config, decoder, input, this.#stop.signal, context);
  }

  /** Writes every message; the first failure decides the exit code. */
  async #emit(
    messages: AsyncIterable<Message> | Iterable<Message>,
  ): Promise<number> {
    const encoder = this.#encoder as Encoder;
    let exitCode = 0;
    for await (const message of messages) {
      const shown = this.#redacted(message);
      for (const chunk of encoder.encode(shown)) {
        await this.#output.write(chunk);
        this.#progress.bytes += chunk.length;
      }
      if (shown.type === "batch")
        this.#progress.rows(shown.stream.id, shown.batch.length);
      const failure =
        shown.type === "failure" || shown.type === "connection_status"
          ? shown.failure
          : undefined;
      if (failure === undefined) continue;
      const told = shown.type === "connection_status" && this.#isAirbyte();
      if (!told) {
        this.#critical(failure);
        exitCode ||= failure.exitCode;
      }
    }
    return exitCode;
  }

  /** The one catch: what ends a command is told once, and nothing that a signal caused is told as a failure. */
  fail(error: unknown): number {
    if (error instanceof PipeClosed) return pipeClosedExit;
    const failure = this.#hide(Failure.from(error));
    if (this.#signal !== undefined && failure.code === "cancelled") return 0;
    this.#say({ type: "failure", failure });
    this.#critical(failure);
    if (failure.code === "internal" && failure.cause instanceof Error)
      this.#log("debug", failure.cause.stack ?? "");
    return failure.exitCode;
  }

  /** Waits until all that was said is out; gives the exit code. */
  async flush(exitCode: number): Promise<number> {
    try {
      await this.#output.flush();
      return exitCode;
    } catch (error) {
      return this.fail(error);
    }
  }

  exit(exitCode: number): void {
    // Whoever waits for us is to see the signal: 128 + n in a shell, the signal itself in a parent.
    if (this.#signal !== undefined) {
      process.removeAllListeners(this.#signal);
      process.kill(process.pid, this.#signal);
    }
    // Everything was written; nothing that is still open may keep us.
    process.exit(exitCode);
  }

  #interrupt(signal: NodeJS.Signals, call: Invocation): void {
    if (this.#stop.signal.aborted) {
      this.#signal = signal;
      this.#log("warn", `${signal} again: stopping now`);
      this.exit(1);
    }
    this.#stop.abort();
    // A signal is how a server is meant to end; any other command was interrupted.
    if (call.command === "serve") return;
    this.#signal = signal;
    this.#log("warn", `${signal}: stopping; once more stops at once`);
    if (call.command !== "write")
      this.#abort.abort(new Failure("cancelled", `stopped by ${signal}`));
  }

  #isAirbyte(): boolean {
    return this.#protocol?.name === "airbyte";
  }

  /** Airbyte wants logs as messages, and reads stderr as errors; Singer wants them on stderr. */
  #log(level: LogLevel, text: string, fields: LogFields = {}): void {
    if (
      level === "debug" &&
      process.env["LOG_LEVEL"]?.toLowerCase() !== "debug"
    )
      return;
    const shown = this.#redact(text);
    if (this.#isAirbyte() && this.#encoder !== undefined)
      this.#say({ type: "log", level, text: shown });
    else {
      const hidden = Object.entries(fields).map(([name, value]) => [
        name,
        typeof value === "string" ? this.#redact(value) : value,
      ]);
      const safe = Object.fromEntries(hidden) as LogFields;
      writeError(logLine(this.#logFormat, level, shown, safe));
    }
  }

  /** A short message, in order with all others but not waited for: what goes wrong is told by the next write or flush. */
  #say(message: Message): void {
    try {
      for (const chunk of this.#encoder?.encode(message) ?? [])
        this.#output.write(chunk)?.catch(() => undefined);
    } catch (error) {
      if (!(error instanceof PipeClosed)) throw error;
    }
  }

  #critical(failure: Failure): void {
    const where = failure.stream === undefined ? "" : ` (${failure.stream})`;
    const text = `[${failure.code}] ${failure.message}${where}`;
    writeError(logLine(this.#logFormat, "critical", text));
  }

  #redacted(message: Message): Message {
    if (
      (message.type === "failure" || message.type === "connection_status") &&
      message.failure !== undefined
    )
      return { ...message, failure: this.#hide(message.failure) };
    return message;
  }

  #hide(failure: Failure): Failure {
    return new Failure(failure.code, this.#redact(failure.message), {
      stream: failure.stream,
      cause: failure.cause,
    });
  }

  #redact(text: string): string {
    let shown = text;
    for (const secret of this.#secrets)
      shown = shown.replaceAll(secret, "****");
    return shown;
  }
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

function version(): string {
  // The package names itself, so that the path holds in src/ and in the bundle alike.
  const self = createRequire(import.meta.url)("flightsync/package.json") as {
    readonly version: string;
  };
  return self.version;
}
