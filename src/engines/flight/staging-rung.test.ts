import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";

import { FlightClient } from "../../drivers/flight/client.js";
import { quiet } from "../../drivers/flight/scripted-server.test.js";
import { serve } from "../../server/index.js";
import { duckdb } from "../../sql/duckdb.js";
import { createTable } from "../../sql/statements.js";
import { capabilitiesOf } from "./capabilities.js";
import { edgeBatch, edges, people, withLoader } from "./loader.test.js";
import { FlightSession } from "./session.js";
import { TableSelection } from "./table-selection.js";

const folder = mkdtempSync(join(tmpdir(), "flightsync-staging-"));
after(() => {
  rmSync(folder, { recursive: true });
});

describe("staged files", () => {
  const settings = { load_via: "staging", staging_folder: folder };

  test("do not stand for values that they would change", async () => {
    for (const column of ["union", "duration", "interval"]) {
      const batch = edgeBatch(
        Object.keys(edges).filter((name) => name !== column),
      );
      await withLoader(settings, async ({ load, rows }) => {
        await assert.rejects(load("a", "append", [batch]), {
          code: "unsupported",
          message: /cannot load (.*\.)?a by Parquet files in .*load_via/,
        });
        assert.deepEqual(await rows("SELECT count(*) FROM a"), [[0n]]);
      });
    }
  });

  test("are taken before INSERT statements where they are declared", async () => {
    const log = quiet();
    await using server = await serve({
      port: 0,
      allowFiles: true,
      log: () => undefined,
    });
    const url = `flightsql://127.0.0.1:${String(server.port)}?transport=tcp`;
    await using client = await FlightClient.connect({ url }, log);
    const session = new FlightSession(client, {
      dialect: duckdb,
      capabilities: {
        ...capabilitiesOf(new Map()),
        ingest: false,
      },
      context: log,
      selection: new TableSelection({}),
      loadVia: undefined,
      statementBytesMax: 1 << 20,
      stagingFolder: folder,
      maxParallelism: 1,
    });
    const batch = people(0, 3, "a");
    const table = { name: "a" };
    await session.update(createTable(duckdb, table, batch.schema));
    async function* one() {
      yield await Promise.resolve(batch);
    }
    const loaded = await session.load(table, batch.schema, one(), {
      staged: false,
    });
    assert.equal(loaded, 3n);
    assert.match(log.logged.join("\n"), /loaded by Parquet files in/);
  });

  test("need a folder that is there", async () => {
    await assert.rejects(
      withLoader({ load_via: "staging" }, () => Promise.resolve()),
      { code: "invalid_config", message: /staging_folder does not say where/ },
    );
    const missing = { ...settings, staging_folder: join(folder, "no") };
    await withLoader(missing, async ({ load }) => {
      await assert.rejects(load("a", "append", [people(0, 3, "a")]), {
        code: "invalid_config",
        message: /is no folder here; make it/,
      });
    });
  });

  test("lie in folders of any name, and none is left by a load that fails", async () => {
    const odd = join(folder, "it's [a] *?");
    mkdirSync(odd);
    const inOdd = { ...settings, staging_folder: odd };
    await withLoader(inOdd, async ({ load, rows }) => {
      await load("a", "append", [people(0, 3, "a")]);
      assert.deepEqual(await rows("SELECT count(*) FROM a"), [[3n]]);
      await rows("CREATE UNIQUE INDEX i ON a (int)");
      await assert.rejects(load("a", "append", [people(2, 5, "a")]), {
        message: /unique/i,
      });
      assert.deepEqual(await rows("SELECT count(*) FROM a"), [[3n]]);
    });
    assert.deepEqual(readdirSync(odd), []);
    rmdirSync(odd);
  });
});
