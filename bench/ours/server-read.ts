// What the embedded server does for a DoGet, up to the bytes that it hands to gRPC.
import { encodeBatch } from "../../src/arrow/encode-batch.js";
import { encodeFlightData } from "../../src/drivers/flight/flight-data.js";
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
    bytes += encodeFlightData(encodeBatch(batch)).byteLength;
  }
  return { rows, bytes };
});
