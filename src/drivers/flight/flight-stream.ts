import type { Batch } from "../../arrow/batch.js";
import { MessageReader } from "../../arrow/ipc.js";
import type { Schema } from "../../arrow/schema.js";
import { Failure } from "../../failure.js";
import type { FlightData } from "./flight-data.js";

/** What is needed of a DoGet: an RpcCall. */
interface Messages {
  next(): Promise<FlightData | undefined>;
  cancel(): void;
}

/** The Arrow stream of one DoGet. Iterate it once, or cancel it. */
export interface FlightStream extends AsyncIterable<Batch> {
  /** Undefined when the server ended the stream without any message. */
  readonly schema: Schema | undefined;
  /** Ends the call; needed only when the batches are not read. */
  cancel(): void;
}

/**
 * Waits for the schema, which every Arrow stream starts with. Batches come when they are asked for: a reader
 * that stops asking stops the server, after one message and one HTTP/2 window. Batches without rows, which
 * servers send to keep a connection alive, are left out.
 * @param where for messages: "server localhost:31337, call DoGet".
 */
export async function openStream(
  call: Messages,
  where: string,
): Promise<FlightStream> {
  const reader = new MessageReader();
  try {
    while (reader.schema === undefined) {
      const data = await call.next();
      if (data === undefined) break;
      await readMessage(reader, data, where);
    }
  } catch (error) {
    call.cancel();
    throw error;
  }
  async function* batches(): AsyncGenerator<Batch, void, undefined> {
    try {
      for (;;) {
        const data = await call.next();
        if (data === undefined) return;
        const batch = await readMessage(reader, data, where);
        if (batch !== undefined && batch.length > 0) yield batch;
      }
    } finally {
      call.cancel();
    }
  }
  return {
    schema: reader.schema,
    cancel: () => {
      call.cancel();
    },
    [Symbol.asyncIterator]: batches,
  };
}

async function readMessage(
  reader: MessageReader,
  { header, body, memory }: FlightData,
  where: string,
): Promise<Batch | undefined> {
  try {
    await reader.prepare(header);
    return reader.read(header, body, memory);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.code, `${error.message} (${where})`, {
      cause: error,
    });
  }
}
