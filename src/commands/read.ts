import PQueue from "p-queue";

import type { Batch } from "../arrow/batch.js";
import { haveSameTypes } from "../arrow/same-types.js";
import type { Schema } from "../arrow/schema.js";
import { typeName } from "../arrow/type-name.js";
import {
  displayName,
  StreamOptionsByGlob,
  type SelectedStream,
  type Stream,
  type StreamOptions,
} from "../catalog.js";
import type {
  Config,
  Connection,
  Context,
  CursorOptions,
  Engine,
  Partition,
  Plan,
} from "../engine.js";
import { Failure } from "../failure.js";
import type { Message } from "../message.js";
import type { State } from "../state.js";
import { Budget } from "../util/budget.js";
import { concurrently } from "../util/concurrently.js";
import {
  type Boundary,
  boundaryRowsMax,
  CursorReader,
  type Position,
} from "./cursor-reader.js";
import { Positions, type StateEvery } from "./positions.js";

/** Settings of `read`; see `engines/settings.ts`. */
interface ReadConfig extends StateEvery {
  readonly concurrency: number;
  readonly memory_bytes_max: number;
  readonly boundary: Boundary;
  readonly start_date?: string;
  readonly lag: number;
  readonly stream_options?: Readonly<Record<string, StreamOptions>>;
}

interface Run {
  readonly connection: Connection;
  readonly settings: ReadConfig;
  readonly streamOptions: StreamOptionsByGlob<StreamOptions>;
  readonly state: State;
  readonly context: Context;
  /** Bounds partitions read side by side, over all streams. */
  readonly reads: PQueue;
  /** Holds the bytes of every batch from its arrival until its message was taken. */
  readonly budget: Budget;
}

/**
 * `read`: streams side by side, each with its schema, then its batches as they arrive, then its state. A stream
 * that fails says so in a `failure` message and does not stop the others.
 */
export async function* read(
  engine: Engine,
  config: Config,
  catalog: readonly SelectedStream[],
  state: State,
  context: Context,
): AsyncGenerator<Message> {
  const settings = config as unknown as ReadConfig;
  const { concurrency, memory_bytes_max, stream_options } = settings;
  await using connection = await engine.connect(config, context);
  const budget = new Budget(memory_bytes_max);
  const reads = new PQueue({ concurrency });
  const run: Run = {
    connection,
    settings,
    streamOptions: new StreamOptionsByGlob(stream_options),
    state,
    context,
    reads,
    budget,
  };
  const streams = new PQueue({ concurrency });
  const positions = new Positions(settings);
  const all = concurrently(streams, catalog, context.signal, (stream, signal) =>
    readStream(run, stream, signal),
  );
  try {
    for await (const { message, position } of all) {
      if (message.type === "stream_status" && message.status === "incomplete")
        yield* positions.tell(message.stream);
      yield message;
      if (message.type === "state") positions.end(message.stream);
      if (message.type !== "batch") continue;
      const { stream, batch } = message;
      budget.give(batch.byteLength);
      yield* positions.after(stream, batch.length, position);
    }
  } catch (error) {
    // The run was stopped: what was said until now need not be read again.
    yield* positions.tellAll();
    throw error;
  }
}

/** A message, and for a batch what is true once it was said. */
interface Said {
  readonly message: Message;
  readonly position?: Position | undefined;
}

async function* readStream(
  run: Run,
  stream: SelectedStream,
  signal: AbortSignal,
): AsyncGenerator<Said> {
  const say = (message: Message): Said => ({ message });
  yield say({ type: "stream_status", stream, status: "started" });
  try {
    const reflected = await find(run.connection, stream);
    const last = run.state.get(stream.id);
    const unusable = last !== undefined && "reset" in last ? last : undefined;
    const since = last !== undefined && "cursor" in last ? last : undefined;
    const options = run.streamOptions.of(stream.id);
    const boundary = options.boundary ?? run.settings.boundary;
    const plan = await run.connection.plan(
      stream,
      reflected,
      since,
      cursorOptions(run.settings, options),
    );
    const reset = unusable?.reset ?? plan.reset;
    if (reset !== undefined)
      run.context.log("warn", `${stream.id} is read anew: ${reset}`);
    const { schema } = plan;
    for (const name of stream.primaryKey ?? [])
      checkKey(stream, reflected, name);
    const primaryKey = (stream.primaryKey ?? reflected.primaryKey).filter(
      (name) => schema.fields.some((column) => column.name === name),
    );
    yield say({ type: "schema", stream, schema, primaryKey });
    const cursor = CursorReader.for(plan, boundary);
    yield* readPlan(run, stream, plan, cursor, signal);
    const state = cursor?.end() ?? plan.state;
    if (state?.boundary === "inclusive")
      run.context.log(
        "warn",
        `${stream.id} has more than ${String(boundaryRowsMax)} rows with ${state.cursorField} = ${state.cursor}: the state cannot tell them apart, and the next run reads all of them again`,
      );
    yield say({ type: "state", stream, state, complete: true });
    yield say({ type: "stream_status", stream, status: "complete" });
  } catch (error) {
    if (signal.aborted) throw error;
    yield say({ type: "stream_status", stream, status: "incomplete" });
    yield say({ type: "failure", failure: Failure.from(error).in(stream.id) });
  }
}

async function* readPlan(
  run: Run,
  stream: SelectedStream,
  plan: Plan,
  cursor: CursorReader | undefined,
  parent: AbortSignal,
): AsyncGenerator<Said> {
  const readOne = async function* (partition: Partition, signal: AbortSignal) {
    let checked = plan.schema;
    for await (const batch of run.connection.read(partition, signal)) {
      if (batch.schema !== checked) checkSchema(batch, plan.schema, partition);
      checked = batch.schema;
      const news = cursor?.take(batch) ?? batch;
      if (news.length === 0) continue;
      await run.budget.take(news.byteLength, signal);
      yield { batch: news, position: cursor?.position };
    }
  };
  const batches = concurrently(run.reads, plan.partitions, parent, readOne);
  for await (const { batch, position } of batches)
    yield { message: { type: "batch", stream, batch }, position };
}

function cursorOptions(
  settings: ReadConfig,
  options: StreamOptions,
): CursorOptions {
  const { state_every_rows, state_every_seconds, start_date } = settings;
  const date = start_date === undefined ? undefined : { date: start_date };
  return {
    start:
      options.start_value === undefined ? date : { value: options.start_value },
    lag: options.lag ?? settings.lag,
    exclusive: (options.boundary ?? settings.boundary) === "exclusive",
    ordered: state_every_rows > 0 || state_every_seconds > 0,
  };
}

async function find(
  connection: Connection,
  stream: SelectedStream,
): Promise<Stream> {
  for await (const found of connection.streams([stream])) return found;
  throw new Failure(
    "not_found",
    `the catalog names ${displayName(stream)}, and the database has no such table; run discover again`,
    { stream: stream.id },
  );
}

function checkKey(stream: SelectedStream, found: Stream, name: string): void {
  const columns = found.schema.fields.map((column) => column.name);
  if (columns.includes(name)) return;
  throw new Failure(
    "not_found",
    `the key of ${stream.id} names column ${name}, and ${displayName(found)} has only ${columns.join(", ")}; run discover again`,
  );
}

/** Partitions may differ in nullability and metadata at any depth, never in names and types. */
function checkSchema(batch: Batch, schema: Schema, partition: Partition): void {
  if (haveSameTypes(batch.schema, schema)) return;
  const text = ({ fields }: Schema) =>
    fields
      .map((column) => `${column.name}: ${typeName(column.type)}`)
      .join(", ");
  throw new Failure(
    "invalid_data",
    `${partition.label} has the columns (${text(batch.schema)}), and (${text(schema)}) were announced; the table may have changed, run again`,
  );
}
