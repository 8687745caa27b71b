// The writer of tap and source alone: batches in memory to lines that nobody reads.
import type { Batch } from "../../src/arrow/batch.js";
import type { SelectedStream } from "../../src/catalog.js";
import type { Protocol } from "../../src/protocol.js";
import { protocolNamed } from "../../src/protocols/index.js";
import { loadTable } from "../stored-batches.js";
import { argument, timed } from "../timed.js";

const { database, table, ...options } = argument() as {
  readonly database: string;
  readonly table: string;
  readonly protocol: Protocol["name"];
};
const protocol = await protocolNamed(options.protocol);
const batches = await loadTable(database, table);
const { schema } = batches[0] as Batch;
const stream: SelectedStream = {
  id: table,
  name: table,
  columns: undefined,
  syncMode: "full_table",
};

await timed("writer", () => {
  const encoder = protocol.encoder({});
  let rows = 0;
  let bytes = 0;
  for (const chunk of encoder.encode({
    type: "schema",
    stream,
    schema,
    primaryKey: [],
  }))
    bytes += chunk.byteLength;
  for (const batch of batches) {
    for (const chunk of encoder.encode({ type: "batch", stream, batch }))
      bytes += chunk.byteLength;
    rows += batch.length;
  }
  return Promise.resolve({ rows, bytes });
});
