// What the embedded server does for a DoGet, up to the bytes that it hands to gRPC, and once those are written.
import { releaseBatch } from "../../src/arrow/batch.js";
import { encodeBatch } from "../../src/arrow/encode-batch.js";
import { encodeFlightData } from "../../src/drivers/flight/flight-data.js";
import { ownMemory, release } from "../../src/util/release.js";
import { openDatabase, readTable } from "../stored-batches.js";
import { argument, timed } from "../timed.js";

const { database, table } = argument() as {
  readonly database: string;
  readonly table: string;
};
const connection = await openDatabase(database);

await timed("server", async () => {
  let rows = 0;
  let bytes = 0;
  for await (const batch of readTable(connection, table)) {
    rows += batch.length;
    const message = encodeFlightData(encodeBatch(batch));
    releaseBatch(batch);
    bytes += message.byteLength;
    const memory = ownMemory(message);
    if (memory !== undefined) release([memory]);
  }
  return { rows, bytes };
});
