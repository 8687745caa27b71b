import { randomUUID } from "node:crypto";
import { MessageReader } from "../arrow/ipc.js";
import type { Batch } from "../arrow/batch.js";
import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type { Description, Parameters, Statement } from "./statement.js";
import type { Statements } from "./statements.js";
import type { StoredBytes } from "./stored-bytes.js";

interface Prepared {
  readonly session: string;
  readonly statement: Statement;
  /** Undefined for several statements, of which nothing is known before they run. */
  readonly description: Description | undefined;
  /** What the client has bound last. */
  parameters: Bound | undefined;
}

/** Parameters, and the bytes that they count for as stored. */
interface Bound {
  readonly values: Parameters | undefined;
  readonly bytes: number;
}

/** What ActionCreatePreparedStatementResult says. */
export interface PreparedAnswer {
  readonly preparedStatementHandle: Uint8Array;
  readonly datasetSchema: Uint8Array;
  readonly parameterSchema: Uint8Array;
  readonly isUpdate: boolean | undefined;
}

/** Statements that clients do not close must not fill the memory: beyond this the oldest go. */
const preparedMax = 10_000;

/** What a DoPut may bind, in bytes; the rows stay in memory until the statement is closed. */
const parameterBytesMax = 256 << 20;

const nothing = new Uint8Array(0);

/**
 * Prepared statements: a text under a handle, with the parameters that were bound to it. DuckDB binds the text
 * anew for each execution, so that a statement outlives changes of its tables and needs no connection.
 */
export class PreparedStatements {
  readonly #statements: Statements;
  readonly #stored: StoredBytes;
  readonly #open = new Map<string, Prepared>();

  constructor(statements: Statements, stored: StoredBytes) {
    this.#statements = statements;
    this.#stored = stored;
  }

  /** CreatePreparedStatement. Neither schema is there where DuckDB cannot tell it before the statement runs. */
  async create(statement: Statement, caller: Caller): Promise<PreparedAnswer> {
    const description = await this.#statements.describe(statement, caller);
    const handle = randomUUID();
    const { session } = caller;
    this.#stored.take(statement.query.length);
    this.#open.set(handle, {
      session,
      statement,
      description,
      parameters: undefined,
    });
    const [oldest] = this.#open.keys();
    if (this.#open.size > preparedMax && oldest !== undefined)
      this.#forget(oldest);
    return {
      preparedStatementHandle: Buffer.from(handle),
      datasetSchema: bytesOf(datasetOf(description)),
      parameterSchema: bytesOf(description?.parameters),
      isUpdate: description?.isUpdate,
    };
  }

  /** ClosePreparedStatement. @throws Failure(not_found) */
  close(handle: Uint8Array, session: string): void {
    this.#find(handle, session);
    this.#forget(nameOf(handle));
  }

  /** The text with what was bound to it last. @throws Failure(not_found) */
  statement(handle: Uint8Array, { session }: Caller): Statement {
    const { statement, parameters } = this.#find(handle, session);
    return { ...statement, parameters: parameters?.values };
  }

  /** DoPut of CommandPreparedStatementQuery: binds parameters, in place of those that were bound before. */
  async bind(
    handle: Uint8Array,
    messages: AsyncIterable<FlightData>,
    caller: Caller,
  ): Promise<void> {
    this.#find(handle, caller.session);
    const bound = await this.#read(messages, caller);
    const prepared = this.#open.get(nameOf(handle));
    // It may have been closed while they came.
    const gone = prepared === undefined ? bound : prepared.parameters;
    this.#stored.give(gone?.bytes ?? 0);
    if (prepared !== undefined) prepared.parameters = bound;
  }

  /**
   * DoPut of CommandPreparedStatementUpdate: runs once per row that comes with it; what comes without columns
   * runs with what was bound before. @returns rows that were changed
   */
  async update(
    handle: Uint8Array,
    messages: AsyncIterable<FlightData>,
    caller: Caller,
  ): Promise<number> {
    const prepared = this.#find(handle, caller.session);
    const given = await this.#read(messages, caller);
    try {
      const parameters = given.values ?? prepared.parameters?.values;
      const { statement } = prepared;
      return await this.#statements.update(
        { ...statement, parameters },
        caller,
      );
    } finally {
      this.#stored.give(given.bytes);
    }
  }

  #read(messages: AsyncIterable<FlightData>, caller: Caller): Promise<Bound> {
    return this.#stored.taking((take) =>
      readParameters(messages, caller, take),
    );
  }

  #forget(name: string): void {
    const prepared = this.#open.get(name);
    if (prepared === undefined) return;
    const { statement, parameters } = prepared;
    this.#stored.give(statement.query.length + (parameters?.bytes ?? 0));
    this.#open.delete(name);
  }

  #find(handle: Uint8Array, session: string): Prepared {
    const prepared = this.#open.get(nameOf(handle));
    if (prepared?.session === session) return prepared;
    throw new Failure(
      "not_found",
      "no such prepared statement in this session: it was closed, or never created",
    );
  }
}

/** @returns no values when no columns came @throws Failure(exhausted) for more than 256 MiB */
async function readParameters(
  messages: AsyncIterable<FlightData>,
  { record }: Caller,
  take: (bytes: number) => void,
): Promise<Bound> {
  const reader = new MessageReader();
  const batches: Batch[] = [];
  let bytes = 0;
  for await (const { header, body } of messages) {
    if (header.byteLength === 0) continue;
    record.bytes += body.byteLength;
    const batch = reader.read(header, body);
    if (batch === undefined) continue;
    // A batch keeps the whole body that it came in.
    const kept = Math.max(batch.byteLength, body.byteLength);
    take(kept);
    bytes += kept;
    if (bytes > parameterBytesMax)
      throw new Failure(
        "exhausted",
        "the parameters are larger than 256 MiB; send fewer rows at a time, or use CommandStatementIngest",
      );
    batches.push(batch);
  }
  const { schema } = reader;
  const hasColumns = schema !== undefined && schema.fields.length > 0;
  return { values: hasColumns ? { schema, batches } : undefined, bytes };
}

/** An update has no rows to tell a schema of: clients of before `is_update` know updates by that. */
function datasetOf(description: Description | undefined): Schema | undefined {
  return description?.isUpdate === true ? undefined : description?.schema;
}

function bytesOf(schema: Schema | undefined): Uint8Array {
  return schema === undefined ? nothing : encapsulate(encodeSchema(schema));
}

function nameOf(handle: Uint8Array): string {
  return Buffer.from(handle).toString("latin1");
}
