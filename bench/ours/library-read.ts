// A query's rows as apache-arrow's record batches, through the library.
import { connect } from "../../src/index.js";
import { argument, timed } from "../timed.js";

const { url, table, ...tls } = argument() as {
  readonly url: string;
  readonly table: string;
  /** PEM text. */
  readonly tlsRootCerts?: string;
};
const db = await connect(url, tls);

await timed("library", async () => {
  let rows = 0;
  for await (const batch of await db.query(`SELECT * FROM "${table}"`))
    rows += batch.numRows;
  return { rows };
});
await db[Symbol.asyncDispose]();
