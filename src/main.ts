import { createRequire } from "node:module";

import { parseArguments, type Bin, type Invocation } from "./cli.js";
import { commandMessages, engineOf } from "./command-messages.js";
import { checkConfig, readServeSettings } from "./config.js";
import type { Context } from "./engine.js";
import { Failure } from "./failure.js";
import { Interruption } from "./interruption.js";
import { wantsStructuredLines, type LogFormat } from "./log-line.js";
import { protocolNamed } from "./protocols/index.js";
import { Reporter } from "./reporter.js";
import { PipeClosed } from "./util/stdio.js";

/**
 * The whole program: arguments to a command, what it says by a Reporter, signals by an Interruption, one exit code.
 * Nothing else touches argv, stdout, signals or the exit code.
 */
export async function main(bin: Bin): Promise<void> {
  // Deprecations concern the authors of what we depend on, not who reads our stderr.
  process.noDeprecation = true;
  // grpc-js writes lines of its own to stderr; what it has to say is in our failures.
  process.env["GRPC_VERBOSITY"] ??= "NONE";
  const run: Run = {
    reporter: new Reporter(),
    interruption: new Interruption(),
  };
  let exitCode: number;
  try {
    exitCode = await execute(run, bin, process.argv.slice(2));
  } catch (error) {
    exitCode = fail(run, error);
  }
  try {
    await run.reporter.flush();
  } catch (error) {
    exitCode = fail(run, error);
  }
  run.interruption.exit(exitCode);
}

/** What a shell says of a process that SIGPIPE ended (128 + 13). */
const pipeClosedExit = 141;

/** This process while a command runs. */
interface Run {
  readonly reporter: Reporter;
  readonly interruption: Interruption;
}

/** @returns the exit code. */
async function execute(
  run: Run,
  bin: Bin,
  argv: readonly string[],
): Promise<number> {
  const { reporter, interruption } = run;
  const call = await parseArguments(bin, argv);
  if (call === undefined) return 0;
  if (call.command === "version") {
    reporter.line(`${bin.bin} v${version()}`);
    return 0;
  }
  if (
    bin.protocol === "singer" &&
    wantsStructuredLines(process.env["SINGER_SDK_LOG_CONFIG"])
  )
    reporter.structuredAs = bin.bin;
  interruption.listen(call.command, reporter.log);
  const context: Context = { signal: interruption.abort, log: reporter.log };
  switch (call.command) {
    case "serve":
      return serve(run, call);
    case "demo": {
      const { demo } = await import("./demo/index.js");
      return demo(context, reporter.line);
    }
    case "spec":
    case "check":
    case "discover":
    case "read":
    case "write":
      return call.explain !== undefined && call.command === "check"
        ? explain(run, call, call.explain, context)
        : emit(run, call, context);
  }
}

/** The commands of the protocols. */
async function emit(
  { reporter, interruption: { stop } }: Run,
  call: Invocation,
  context: Context,
): Promise<number> {
  const protocol = await protocolNamed(call.protocol);
  const isLong = call.command === "read" || call.command === "write";
  if (isLong) await reporter.begin();
  const parts = { call, protocol, reporter, context, stop };
  const exitCode = await reporter.emit(await commandMessages(parts));
  if (isLong) reporter.end();
  return exitCode;
}

async function serve(
  { reporter, interruption }: Run,
  { rest }: Invocation,
): Promise<number> {
  reporter.logFormat = rest["log-format"] as LogFormat;
  const { serveCommand } = await import("./commands/serve.js");
  const settings = await readServeSettings(rest);
  reporter.secrets = settings.secrets;
  await serveCommand(settings, interruption.stop, reporter.log, reporter.line);
  return 0;
}

/** People and programs that look into a connection read this, no protocol. */
async function explain(
  { reporter }: Run,
  call: Invocation,
  format: "table" | "json",
  context: Context,
): Promise<number> {
  const { engine, given, schema } = engineOf(call, reporter);
  const config = await checkConfig(given, schema);
  const command = await import("./commands/explain.js");
  const { role } = call;
  const { failure } = await command.explain(
    engine,
    config,
    role,
    format,
    context,
    { write: reporter.line, redact: reporter.redact },
  );
  return failure?.exitCode ?? 0;
}

/** The one catch: what ends a command is told once, and nothing that a signal caused is told as a failure. */
function fail({ reporter, interruption }: Run, error: unknown): number {
  if (error instanceof PipeClosed) return pipeClosedExit;
  const failure = Failure.from(error);
  return interruption.signal !== undefined && failure.code === "cancelled"
    ? 0
    : reporter.fail(failure);
}

function version(): string {
  // The package names itself, so that the path holds in src/ and in the bundle alike.
  const self = createRequire(import.meta.url)("flightsync/package.json") as {
    readonly version: string;
  };
  return self.version;
}
