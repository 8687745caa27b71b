// A query's rows as apache-arrow's record batches, the way that its reader is made for: a stream per message.
import { FlightClient } from "../flight-client.js";
import { readMessage } from "../ipc.js";
import { argument, timed } from "../timed.js";

const { url, table } = argument() as {
  readonly url: string;
  readonly table: string;
};
const client = new FlightClient(url);

await timed("naive client", async () => {
  let rows = 0;
  let schema: Uint8Array | undefined;
  for await (const { dataHeader, dataBody } of client.query(
    `SELECT * FROM "${table}"`,
  )) {
    if (schema === undefined) schema = dataHeader;
    else
      for (const batch of readMessage(schema, dataHeader, dataBody))
        rows += batch.numRows;
  }
  return { rows };
});
client.close();
