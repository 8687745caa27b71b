import assert from "node:assert/strict";
import { test } from "node:test";

import { batchOfValues } from "../../arrow/plain-values.js";
import { field, int64 } from "../../arrow/schema.js";
import type { TargetStream } from "../../catalog.js";
import { checkConfig } from "../../config.js";
import { FlightClient } from "../../drivers/flight/client.js";
import { serve } from "../../server/index.js";
import { flightsql } from "../flightsql.js";

const signal = new AbortController().signal;
const stream: TargetStream = {
  id: "t",
  name: "t",
  schema: { fields: [field("id", int64, false)] },
  primaryKey: [],
};

/**
 * Does something while the transaction of another client, such as a load that was killed a moment ago, is in its
 * way; that one is rolled back at the first try.
 */
async function inConflict(
  statement: string,
  act: (
    connection: Awaited<ReturnType<typeof flightsql.connect>>,
  ) => Promise<void>,
): Promise<{ readonly ids: string; readonly tries: number }> {
  await using server = await serve({ port: 0, log: () => undefined });
  await server.run("CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1)");
  const silent = { signal, log: () => undefined };
  await using other = await FlightClient.connect({ url: server.url }, silent);
  const transaction = await other.beginTransaction();
  await other.update(statement, { transaction });
  let tries = 0;
  let ended = Promise.resolve();
  const log = (_: string, text: string) => {
    if (!/conflict.*try \d of/is.test(text)) return;
    tries += 1;
    if (tries === 1) ended = other.endTransaction(transaction, "rollback");
  };
  const config = await checkConfig(
    { url: server.url },
    flightsql.configSchema("destination"),
  );
  await using connection = await flightsql.connect(config, { signal, log });
  await act(connection);
  await ended;
  const { batches } = await other.rows(
    "SELECT string_agg(id, ' ' ORDER BY id) FROM t",
  );
  const [vector] = batches[0]?.vectors ?? [];
  assert.ok(vector?.layout === "bytes");
  return { ids: Buffer.from(vector.data).toString(), tries };
}

test("a swap begins anew when another transaction was in its way", async () => {
  const { ids, tries } = await inConflict(
    "DROP TABLE t",
    async (connection) => {
      const writer = await connection.write(stream, "overwrite");
      await writer.append(batchOfValues(stream.schema, [[7n, 8n]]));
      await writer.commit();
    },
  );
  assert.equal(ids, "7 8");
  assert.ok(tries >= 1);
});

test("so does a statement by itself", async () => {
  const { ids, tries } = await inConflict(
    "ALTER TABLE t ADD COLUMN other INTEGER",
    async (connection) => {
      const fields = [...stream.schema.fields, field("more", int64)];
      const schema = { fields };
      const writer = await connection.write({ ...stream, schema }, "append");
      await writer.append(batchOfValues(schema, [[7n], [null]]));
      await writer.commit();
    },
  );
  assert.equal(ids, "1 7");
  assert.ok(tries >= 1);
});
