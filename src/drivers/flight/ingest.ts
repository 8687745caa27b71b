import type { Batch } from "../../arrow/batch.js";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import type { FlightDataParts } from "./flight-data.js";
import { DescriptorType } from "./messages.js";
import type { FlightDescriptor } from "./messages.js";
import type { RpcCall } from "./rpc-call.js";
import {
  DoPutUpdateResult,
  packAny,
  TableExistsOption as Exists,
  TableNotExistOption as NotExist,
} from "./sql-messages.js";

/** What happens when the table is there already, or is not. */
export type IngestMode = "create" | "append" | "replace" | "create_append";

/** Where rows are loaded. */
export interface IngestTarget {
  readonly catalog?: string | undefined;
  readonly dbSchema?: string | undefined;
  readonly table: string;
  readonly mode: IngestMode;
  /** A table of the session. @default false */
  readonly temporary?: boolean | undefined;
  /** Without one the server commits by itself. */
  readonly transaction?: Readonly<Uint8Array> | undefined;
}

type Put = RpcCall<FlightDataParts, { readonly appMetadata: Uint8Array }>;

/** Number of rows when the server does not tell it. */
const unknownCount = -1n;

/** ADBC's modes as Flight SQL's options (go/adbc/driver/flightsql/flightsql_bulk_ingest.go of apache/arrow-adbc). */
const tableOptions = {
  create: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_CREATE,
    ifExists: Exists.TABLE_EXISTS_OPTION_FAIL,
  },
  append: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_FAIL,
    ifExists: Exists.TABLE_EXISTS_OPTION_APPEND,
  },
  replace: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_CREATE,
    ifExists: Exists.TABLE_EXISTS_OPTION_REPLACE,
  },
  create_append: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_CREATE,
    ifExists: Exists.TABLE_EXISTS_OPTION_APPEND,
  },
} as const satisfies Record<IngestMode, object>;

/** A command as FlightDescriptor carries it. */
export function commandDescriptor(cmd: Uint8Array): FlightDescriptor {
  return { type: DescriptorType.CMD, cmd };
}

/** The descriptor that the first message of an ingest carries. */
export function ingestDescriptor(target: IngestTarget): FlightDescriptor {
  const {
    catalog,
    dbSchema,
    table,
    mode,
    temporary = false,
    transaction,
  } = target;
  return commandDescriptor(
    packAny("CommandStatementIngest", {
      tableDefinitionOptions: tableOptions[mode],
      table,
      schema: dbSchema,
      catalog,
      temporary,
      transactionId: transaction,
    }),
  );
}

/**
 * Sends the schema and the batches, each when the transport has taken the one before it, and reads the server's
 * word on them. A server may end the call before all is sent; its reason is told by the reading side.
 * @returns rows that were loaded, or -1n.
 * @throws Failure of the server, with the number of rows it says are loaded nevertheless.
 */
export async function putBatches(
  put: Put,
  descriptor: FlightDescriptor,
  schema: Schema,
  batches: AsyncIterable<Batch>,
): Promise<bigint> {
  const results = new PutResults(put);
  const source = batches[Symbol.asyncIterator]();
  try {
    let isOpen = await put.send({ descriptor, header: encodeSchema(schema) });
    while (isOpen) {
      const batch = await results.unlessEnded(source.next());
      if (batch === undefined) break;
      isOpen = await put.send(encodeBatch(batch));
    }
    put.end();
  } catch (error) {
    // The source failed or a batch could not be encoded: the server must not take what came for all.
    put.cancel();
    await results.settled;
    throw error;
  } finally {
    // Not waited for: a source that hangs must not keep the server's error back. Nor can it add to that.
    source.return?.().catch(() => undefined);
  }
  return results.count();
}

/** Sends a command without rows. @returns rows that it changed, or -1n. */
export async function putCommand(
  put: Put,
  descriptor: FlightDescriptor,
): Promise<bigint> {
  const results = new PutResults(put);
  await put.send({ descriptor });
  put.end();
  return results.count();
}

/** Reads the answers of a DoPut while its messages are still being sent. */
class PutResults {
  /** Resolves when the call has ended, well or not. */
  readonly settled: Promise<void>;
  #count = unknownCount;
  #ended = false;
  /** Wakes whoever waits for the source when the call ends. */
  #wake: (() => void) | undefined;
  #failure: { readonly reason: unknown } | undefined;

  constructor(put: Put) {
    this.settled = this.#read(put);
  }

  /** The batch to come; undefined when there is none, or the call ends first. */
  unlessEnded(
    next: Promise<IteratorResult<Batch, unknown>>,
  ): Promise<Batch | undefined> {
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        resolve(undefined);
      };
      next.then(({ done, value }) => {
        resolve(done === true ? undefined : value);
      }, reject);
      if (this.#ended) resolve(undefined);
    });
  }

  async count(): Promise<bigint> {
    await this.settled;
    if (this.#failure === undefined) return this.#count;
    const { reason } = this.#failure;
    if (!(reason instanceof Failure) || this.#count <= 0n) throw reason;
    throw new Failure(
      reason.code,
      `${reason.message}; ${String(this.#count)} rows had been loaded before, says the server`,
      { cause: reason },
    );
  }

  async #read(put: Put): Promise<void> {
    try {
      for await (const { appMetadata } of put.messages())
        if (appMetadata.byteLength > 0)
          this.#count = DoPutUpdateResult.decode(appMetadata).recordCount;
    } catch (reason) {
      this.#failure = { reason };
    }
    this.#ended = true;
    this.#wake?.();
  }
}
