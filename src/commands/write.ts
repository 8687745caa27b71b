import { StreamOptionsByGlob, type WriteMode } from "../catalog.js";
import type { Config, Context, Engine } from "../engine.js";
import { Failure } from "../failure.js";
import type { Input, Message } from "../message.js";
import type { Decoder } from "../protocol.js";
import { SpentFiles } from "./batch/spent-files.js";
import { DeadLetters } from "./dead-letters.js";
import { Loads, type LoadLimits } from "./loads.js";
import { StateWait } from "./state-wait.js";

type LoadMethod = "auto" | "append-only" | "upsert" | "overwrite";

/** Settings of `write`; see `engines/settings.ts`. */
interface WriteConfig {
  readonly load_method: LoadMethod;
  readonly stream_options?: Readonly<
    Record<string, { readonly load_method?: LoadMethod }>
  >;
  readonly batch_size_rows: number;
  readonly batch_bytes_max: number;
  readonly state_wait_seconds: number;
  readonly overwrite_commit: "complete" | "eof";
  readonly on_invalid: "fail" | "dead_letter";
  readonly dead_letter_path: string;
  readonly clean_up_batch_files: boolean;
}

/** What one step of the input can be. */
type Step =
  | { readonly type: "chunk"; readonly chunk: Uint8Array }
  | { readonly type: "end" | "stop" }
  /** A state has waited too long. */
  | { readonly type: "overdue" };

/** Milliseconds that a stopped or failed run may take to make durable what it has. */
const settleMilliseconds = 20_000;

/**
 * `write`: loads rows as they come and gives every state back once all rows before it are durable.
 *
 * @param stop ends the input early: what came is flushed and told, then the generator returns.
 */
export async function* write(
  engine: Engine,
  config: Config,
  decoder: Decoder,
  input: AsyncIterable<Uint8Array>,
  stop: AbortSignal,
  context: Context,
): AsyncGenerator<Message> {
  const settings = config as unknown as WriteConfig;
  const letters =
    settings.on_invalid === "dead_letter"
      ? new DeadLetters(settings.dead_letter_path, context.log)
      : undefined;
  const spent = settings.clean_up_batch_files ? new SpentFiles() : undefined;
  let failure: Failure | undefined;
  let isWhole = true;
  try {
    for await (const message of load(
      { engine, config, settings, decoder, input, letters, spent },
      stop,
      context,
    )) {
      if (message.type === "committed") letters?.sync();
      if (message.type === "failure") isWhole = false;
      yield message;
      if (message.type === "committed") spent?.committed(message.state);
    }
    if (isWhole && !stop.aborted) spent?.finish();
  } finally {
    failure = letters?.close();
  }
  if (failure !== undefined) yield { type: "failure", failure };
}

/** What a run loads, and where to. */
interface Work {
  readonly engine: Engine;
  readonly config: Config;
  readonly settings: WriteConfig;
  readonly decoder: Decoder;
  readonly input: AsyncIterable<Uint8Array>;
  readonly letters: DeadLetters | undefined;
  /** Undefined when files are left alone. */
  readonly spent: SpentFiles | undefined;
}

async function* load(
  work: Work,
  stop: AbortSignal,
  context: Context,
): AsyncGenerator<Message> {
  const { engine, config, settings, decoder, input } = work;
  const late = new AbortController();
  const startDeadline = () => {
    setTimeout(() => {
      late.abort(tooLate());
    }, settleMilliseconds).unref();
  };
  stop.addEventListener("abort", startDeadline, { once: true });
  const signal = AbortSignal.any([context.signal, late.signal]);
  await using connection = await engine.connect(config, { ...context, signal });
  const loads = new Loads(
    connection,
    engine.capabilities,
    limits(settings),
    context,
  );
  const wait = new StateWait(
    settings.state_wait_seconds * 1000,
    () => decoder.holdsState || loads.holdsState,
  );
  let failure: Failure | undefined;
  let stopped = false;
  try {
    for await (const step of steps(input, stop, wait)) {
      stopped = step.type === "stop";
      if (stopped) break;
      const inputs =
        step.type === "chunk"
          ? decoder.decode(step.chunk)
          : step.type === "end"
            ? decoder.end()
            : decoder.drain();
      for (const one of inputs) yield* take(one, loads, work);
      if (step.type === "overdue") yield* loads.flushAll();
    }
  } catch (error) {
    failure = Failure.from(error);
    if (!stop.aborted) startDeadline();
  }
  if (failure === undefined && !stopped) {
    yield* loads.finish(settings.overwrite_commit === "eof");
    return;
  }
  yield* settle(settled(loads, work), signal);
  if (failure !== undefined) yield { type: "failure", failure };
}

async function* take(
  input: Input,
  loads: Loads,
  { letters, spent }: Pick<Work, "letters" | "spent">,
): AsyncGenerator<Message> {
  switch (input.type) {
    case "invalid":
      letters?.add(input.line);
      return;
    case "files": {
      const { stream, files, rows } = input;
      const { readRowFiles } = await import("./batch/read-files.js");
      for await (const one of readRowFiles(stream, files, rows))
        yield* take(one, loads, { letters, spent });
      spent?.add(files.paths);
      return;
    }
    default:
      if (input.type === "state") spent?.mark(input.state);
      yield* loads.take(input);
  }
}

/** After a stop or a failure: what is here already becomes durable, and the states it allows are told. */
async function* settle(
  messages: AsyncGenerator<Message>,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const late = new Promise<undefined>((resolve) => {
    const give = () => {
      resolve(undefined);
    };
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
  for (;;) {
    const next = await Promise.race([late, messages.next()]);
    if (next === undefined) {
      yield { type: "failure", failure: Failure.from(signal.reason) };
      return;
    }
    if (next.done === true) return;
    yield next.value;
  }
}

function tooLate(): Failure {
  return new Failure(
    "timeout",
    `not everything that was read could be loaded within ${String(settleMilliseconds / 1000)} s; the last state told stands`,
  );
}

/** A stream that fails here does not keep the others from being settled. */
async function* settled(loads: Loads, work: Work): AsyncGenerator<Message> {
  for (const one of work.decoder.drain())
    try {
      yield* take(one, loads, work);
    } catch (error) {
      yield { type: "failure", failure: Failure.from(error) };
    }
  yield* loads.settle();
}

/** Chunks of the input, and in between the moments at which a state has waited too long. */
async function* steps(
  input: AsyncIterable<Uint8Array>,
  stop: AbortSignal,
  wait: StateWait,
): AsyncGenerator<Step> {
  const chunks = input[Symbol.asyncIterator]();
  for (;;) {
    const next = stoppable(chunks.next(), stop);
    // A failing read is thrown by the race below; the handler only keeps it from being unhandled before.
    next.catch(() => undefined);
    let step: Step;
    do {
      step = (await wait.before(next)) ?? { type: "overdue" };
      if (stop.aborted) step = { type: "stop" };
      yield step;
    } while (step.type === "overdue");
    if (step.type !== "chunk") return;
  }
}

/** What was read, or the stop where that comes first (a race with one promise for all reads would keep every chunk). */
function stoppable(
  read: Promise<IteratorResult<Uint8Array, unknown>>,
  stop: AbortSignal,
): Promise<Step> {
  return new Promise((resolve, reject) => {
    const onStop = () => {
      resolve({ type: "stop" });
    };
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop, { once: true });
    read
      .then(
        (result) => {
          resolve(
            result.done === true
              ? { type: "end" }
              : { type: "chunk", chunk: result.value },
          );
        },
        (error: unknown) => {
          reject(Failure.from(error));
        },
      )
      .finally(() => {
        stop.removeEventListener("abort", onStop);
      });
  });
}

function limits(settings: WriteConfig): LoadLimits {
  const modes = {
    auto: undefined,
    "append-only": "append",
    upsert: "upsert",
    overwrite: "overwrite",
  } as const satisfies Record<LoadMethod, WriteMode | undefined>;
  const options = new StreamOptionsByGlob(settings.stream_options);
  return {
    mode: (id) => modes[options.of(id).load_method ?? settings.load_method],
    rows: settings.batch_size_rows,
    bytes: settings.batch_bytes_max,
  };
}
