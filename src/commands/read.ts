import PQueue from "p-queue";

import type { Batch } from "../arrow/batch.js";
import { haveSameTypes } from "../arrow/same-types.js";
import type { Schema } from "../arrow/schema.js";
import { typeName } from "../arrow/type-name.js";
import { displayName, type SelectedStream, type Stream } from "../catalog.js";
import type {
  Config,
  Connection,
  Context,
  Engine,
  Partition,
  Plan,
} from "../engine.js";
import { Failure } from "../failure.js";
import type { Message } from "../message.js";
import type { State } from "../state.js";
import { Budget } from "../util/budget.js";
import { concurrently } from "../util/concurrently.js";
import { boundaryRowsMax, CursorReader } from "./cursor-reader.js";

/** Settings of `read`; see `engines/settings.ts`. */
interface ReadConfig {
  readonly concurrency: number;
  readonly memory_bytes_max: number;
  readonly boundary: "dedupe" | "inclusive" | "exclusive";
}

interface Run {
  readonly connection: Connection;
  readonly boundary: ReadConfig["boundary"];
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
  const { concurrency, memory_bytes_max, boundary } =
    config as unknown as ReadConfig;
  await using connection = await engine.connect(config, context);
  const budget = new Budget(memory_bytes_max);
  const reads = new PQueue({ concurrency });
  const run: Run = { connection, boundary, state, context, reads, budget };
  const streams = new PQueue({ concurrency });
  const messages = concurrently(
    streams,
    catalog,
    context.signal,
    (stream, signal) => readStream(run, stream, signal),
  );
  for await (const message of messages) {
    yield message;
    if (message.type === "batch") budget.give(message.batch.byteLength);
  }
}

async function* readStream(
  run: Run,
  stream: SelectedStream,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  yield { type: "stream_status", stream, status: "started" };
  try {
    const reflected = await find(run.connection, stream);
    const last = run.state.get(stream.id);
    const unusable = last !== undefined && "reset" in last ? last : undefined;
    const since = last !== undefined && "cursor" in last ? last : undefined;
    const plan = await run.connection.plan(stream, reflected, since, {
      exclusive: run.boundary === "exclusive",
    });
    const reset = unusable?.reset ?? plan.reset;
    if (reset !== undefined)
      run.context.log("warn", `${stream.id} is read anew: ${reset}`);
    const { schema } = plan;
    const primaryKey = (stream.primaryKey ?? reflected.primaryKey).filter(
      (name) => schema.fields.some((column) => column.name === name),
    );
    yield { type: "schema", stream, schema, primaryKey };
    const cursor =
      run.boundary === "dedupe" ? CursorReader.for(plan) : undefined;
    yield* readPlan(run, stream, plan, cursor, signal);
    const state = cursor?.end() ?? plan.state;
    if (state?.boundary === "inclusive")
      run.context.log(
        "warn",
        `${stream.id} has more than ${String(boundaryRowsMax)} rows with ${state.cursorField} = ${state.cursor}: the state cannot tell them apart, and the next run reads all of them again`,
      );
    yield { type: "state", stream, state, complete: true };
    yield { type: "stream_status", stream, status: "complete" };
  } catch (error) {
    if (signal.aborted) throw error;
    yield { type: "stream_status", stream, status: "incomplete" };
    yield { type: "failure", failure: Failure.from(error).in(stream.id) };
  }
}

async function* readPlan(
  run: Run,
  stream: SelectedStream,
  plan: Plan,
  cursor: CursorReader | undefined,
  parent: AbortSignal,
): AsyncGenerator<Message> {
  const readOne = async function* (partition: Partition, signal: AbortSignal) {
    let checked = plan.schema;
    for await (const batch of run.connection.read(partition, signal)) {
      if (batch.schema !== checked) checkSchema(batch, plan.schema, partition);
      checked = batch.schema;
      const news = cursor?.take(batch) ?? batch;
      if (news.length === 0) continue;
      await run.budget.take(news.byteLength, signal);
      yield news;
    }
  };
  const batches = concurrently(run.reads, plan.partitions, parent, readOne);
  for await (const batch of batches) yield { type: "batch", stream, batch };
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
