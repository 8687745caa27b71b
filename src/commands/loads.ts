import type { TargetStream, WriteMode } from "../catalog.js";
import type {
  Capabilities,
  Connection,
  Context,
  TableWriter,
} from "../engine.js";
import { Failure } from "../failure.js";
import type { Input, InputState, Message } from "../message.js";

export interface LoadLimits {
  /** Mode of a stream that does not say one; undefined merges by key where there is a key, and appends elsewhere. */
  readonly mode: (streamId: string) => WriteMode | undefined;
  /** A stream is flushed after so many rows or bytes. */
  readonly rows: number;
  readonly bytes: number;
}

/** The load of one stream. */
interface StreamLoad {
  stream: TargetStream;
  readonly mode: WriteMode;
  readonly writer: TableWriter;
  /** Since the last flush. */
  rows: number;
  bytes: number;
  /** What the input said last: undefined until it said anything since the stream's last row. */
  status: "complete" | "incomplete" | undefined;
  /** A call of the writer failed: nothing more goes in, and no state that waits for it is ever told. */
  failed: boolean;
}

/** A state and the loads whose rows before it are not durable yet. */
interface WaitingState {
  readonly state: InputState;
  readonly behind: Set<StreamLoad>;
}

/**
 * All loads of a run and the states that wait for them. A state leaves when no load is behind it any more;
 * an overwrite is behind until its table was swapped in.
 */
export class Loads {
  readonly #connection: Connection;
  readonly #capabilities: Capabilities;
  readonly #limits: LoadLimits;
  readonly #context: Context;
  readonly #loads = new Map<string, StreamLoad>();
  readonly #waiting: WaitingState[] = [];

  constructor(
    connection: Connection,
    capabilities: Capabilities,
    limits: LoadLimits,
    context: Context,
  ) {
    this.#connection = connection;
    this.#capabilities = capabilities;
    this.#limits = limits;
    this.#context = context;
  }

  async *take(
    input: Exclude<Input, { readonly type: "invalid" | "files" }>,
  ): AsyncGenerator<Message> {
    switch (input.type) {
      case "schema":
        await this.#declare(input.stream);
        // An alteration flushes.
        yield* this.#allowed();
        return;
      case "batch": {
        const load = this.#load(input.stream);
        load.status = undefined;
        // Only a run that is being settled comes here after a failure.
        if (load.failed) return;
        await told(load, load.writer.append(input.batch));
        load.rows += input.batch.length;
        load.bytes += input.batch.byteLength;
        if (load.rows < this.#limits.rows && load.bytes < this.#limits.bytes)
          return;
        await this.#flush(load);
        yield* this.#allowed();
        return;
      }
      case "older_rows": {
        const load = this.#load(input.stream);
        if (load.failed) return;
        await told(load, load.writer.retire(input.older));
        this.#flushed(load);
        yield* this.#allowed();
        return;
      }
      case "stream_status":
        this.#load(input.stream).status = input.status;
        return;
      case "state":
        this.#waiting.push({
          state: input.state,
          behind: this.#behind(input.state),
        });
        yield* this.#allowed();
    }
  }

  /** Whether a state waits that a flush could release. */
  get holdsState(): boolean {
    return this.#waiting.some(({ behind }) => [...behind].every(isFlushable));
  }

  /** Makes every row of append and upsert streams durable, side by side. */
  async *flushAll(): AsyncGenerator<Message> {
    const loads = [...this.#loads.values()].filter(isFlushable);
    await all(loads.map((load) => this.#flush(load)));
    yield* this.#allowed();
  }

  /**
   * The input ended. Overwrites that are complete are swapped in; one that is not leaves its table as it was
   * and fails.
   * @param endIsComplete the end of the input completes every stream that did not say otherwise.
   */
  async *finish(endIsComplete: boolean): AsyncGenerator<Message> {
    yield* this.#end(async (load) => {
      if (load.mode !== "overwrite" || isComplete(load, endIsComplete)) {
        await told(load, load.writer.commit());
        return true;
      }
      await told(load, load.writer.abort());
      throw new Failure(
        "invalid_input",
        `the input ended without saying that ${load.stream.id} is complete, so its table stays as it was; if the tap never says so, set overwrite_commit to eof`,
        { stream: load.stream.id },
      );
    });
  }

  /** The run ends early: rows are flushed where that makes them durable, overwrites are given up. */
  async *settle(): AsyncGenerator<Message> {
    yield* this.#end(async (load) => {
      if (!load.failed && isFlushable(load)) {
        await told(load, load.writer.commit());
        return true;
      }
      await this.#giveUp(load);
      return false;
    });
  }

  /** Whatever led here is the failure to tell; what is left behind is dropped by the next run. */
  async #giveUp(load: StreamLoad): Promise<void> {
    try {
      await load.writer.abort();
    } catch (error) {
      this.#context.log(
        "warn",
        `what was loaded of ${load.stream.id} could not be removed: ${Failure.from(error).message}`,
      );
    }
  }

  /** Ends all loads side by side; `end` tells whether every row of its load is durable then. */
  async *#end(
    end: (load: StreamLoad) => Promise<boolean>,
  ): AsyncGenerator<Message> {
    const failures: Failure[] = [];
    const endOne = async (load: StreamLoad) => {
      try {
        if (await end(load)) this.#release(load);
      } catch (error) {
        failures.push(Failure.from(error));
      }
    };
    await Promise.all([...this.#loads.values()].map(endOne));
    yield* this.#allowed();
    for (const failure of failures) yield { type: "failure", failure };
  }

  async #declare(stream: TargetStream): Promise<void> {
    const known = this.#loads.get(stream.id);
    if (known !== undefined) {
      await told(known, known.writer.alter(stream));
      known.stream = stream;
      this.#flushed(known);
      return;
    }
    const mode =
      stream.mode ?? this.#limits.mode(stream.id) ?? defaultMode(stream);
    if (!this.#capabilities.writeModes.includes(mode))
      throw new Failure(
        "unsupported",
        `the engine cannot ${mode}; it can ${this.#capabilities.writeModes.join(", ")}`,
        { stream: stream.id },
      );
    try {
      const writer = await this.#connection.write(stream, mode);
      this.#loads.set(stream.id, {
        stream,
        mode,
        writer,
        rows: 0,
        bytes: 0,
        status: undefined,
        failed: false,
      });
    } catch (error) {
      throw Failure.from(error).in(stream.id);
    }
  }

  #load(id: string): StreamLoad {
    const load = this.#loads.get(id);
    if (load === undefined)
      throw new Failure("internal", `stream ${id} was not declared`);
    return load;
  }

  async #flush(load: StreamLoad): Promise<void> {
    await told(load, load.writer.flush());
    this.#flushed(load);
  }

  #flushed(load: StreamLoad): void {
    load.rows = 0;
    load.bytes = 0;
    if (isFlushable(load)) this.#release(load);
  }

  /** Everything of this load is durable: no state waits for it any more. */
  #release(load: StreamLoad): void {
    for (const waiting of this.#waiting) waiting.behind.delete(load);
  }

  #behind(state: InputState): Set<StreamLoad> {
    const loads = [...this.#loads.values()].filter(
      (load) =>
        (state.stream === undefined || state.stream === load.stream.id) &&
        (load.failed || load.rows > 0 || !isFlushable(load)),
    );
    return new Set(loads);
  }

  /** States that nothing holds back: of those that cover all streams only the newest, of a stream's each in order. */
  *#allowed(): Generator<Message> {
    const held = new Set<string | undefined>();
    const allowed: WaitingState[] = [];
    for (const waiting of this.#waiting) {
      const { stream } = waiting.state;
      if (waiting.behind.size > 0 || held.has(stream)) held.add(stream);
      else allowed.push(waiting);
    }
    const newest = allowed.findLast(({ state }) => state.stream === undefined);
    for (const waiting of allowed) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      if (waiting.state.stream !== undefined || waiting === newest)
        yield { type: "committed", state: waiting.state };
    }
  }
}

/** Whether a flush makes rows of this load durable for good. */
function isFlushable(load: StreamLoad): boolean {
  return load.mode !== "overwrite";
}

function isComplete(load: StreamLoad, endIsComplete: boolean): boolean {
  return (
    load.status === "complete" ||
    (endIsComplete && load.status !== "incomplete")
  );
}

function defaultMode(stream: TargetStream): WriteMode {
  return stream.primaryKey.length > 0 ? "upsert" : "append";
}

/** The promise, with its failure told as one of the load's stream. */
async function told(load: StreamLoad, promise: Promise<void>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    load.failed = true;
    throw Failure.from(error).in(load.stream.id);
  }
}

/** Waits for all; throws the first failure only when none is running any more. */
async function all(promises: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(promises)).find(
    (result) => result.status === "rejected",
  );
  if (failed !== undefined) throw Failure.from(failed.reason);
}
