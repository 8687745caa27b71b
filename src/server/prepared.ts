import { randomUUID } from "node:crypto";
import { MessageReader } from "../arrow/ipc.js";
import type { Batch } from "../arrow/batch.js";
import { encapsulate, encodeSchema } from "../arrow/ipc-schema.js";
import type { Schema } from "../arrow/schema.js";
import type { FlightData } from "../drivers/flight/flight-data.js";
import { Failure } from "../failure.js";
import type { Caller } from "./caller.js";
import type {
  Description,
  Parameters,
  Statement,
  Statements,
} from "./statements.js";

interface Prepared {
  readonly session: string;
  readonly statement: Statement;
  /** Undefined for several statements, of which nothing is known before they run. */
  readonly description: Description | undefined;
  /** What the client has bound last. */
  parameters: Parameters | undefined;
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
  readonly #open = new Map<string, Prepared>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** CreatePreparedStatement. Neither schema is there where DuckDB cannot tell it before the statement runs. */
  async create(statement: Statement, caller: Caller): Promise<PreparedAnswer> {
    const description = await this.#statements.describe(statement, caller);
    const handle = randomUUID();
    const { session } = caller;
    this.#open.set(handle, {
      session,
      statement,
      description,
      parameters: undefined,
    });
    const [oldest] = this.#open.keys();
    if (this.#open.size > preparedMax && oldest !== undefined)
      this.#open.delete(oldest);
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
    this.#open.delete(nameOf(handle));
  }

  /** The text with what was bound to it last. @throws Failure(not_found) */
  statement(handle: Uint8Array, { session }: Caller): Statement {
    const { statement, parameters } = this.#find(handle, session);
    return { ...statement, parameters };
  }

  /** DoPut of CommandPreparedStatementQuery: binds parameters, in place of those that were bound before. */
  async bind(
    handle: Uint8Array,
    messages: AsyncIterable<FlightData>,
    caller: Caller,
  ): Promise<void> {
    const prepared = this.#find(handle, caller.session);
    prepared.parameters = await readParameters(messages, caller);
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
    const parameters =
      (await readParameters(messages, caller)) ?? prepared.parameters;
    return this.#statements.update(
      { ...prepared.statement, parameters },
      caller,
    );
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

/** @returns undefined when no columns came @throws Failure(exhausted) for more than 256 MiB */
async function readParameters(
  messages: AsyncIterable<FlightData>,
  { record }: Caller,
): Promise<Parameters | undefined> {
  const reader = new MessageReader();
  const batches: Batch[] = [];
  let bytes = 0;
  for await (const { header, body } of messages) {
    if (header.byteLength === 0) continue;
    record.bytes += body.byteLength;
    const batch = reader.read(header, body);
    if (batch === undefined) continue;
    bytes += batch.byteLength;
    if (bytes > parameterBytesMax)
      throw new Failure(
        "exhausted",
        "the parameters are larger than 256 MiB; send fewer rows at a time, or use CommandStatementIngest",
      );
    batches.push(batch);
  }
  const { schema } = reader;
  return schema === undefined || schema.fields.length === 0
    ? undefined
    : { schema, batches };
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
