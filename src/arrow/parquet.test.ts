import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  openAsBlob,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { ParquetFile } from "parquet-wasm";
import { Failure } from "../failure.js";
import type { Batch } from "./batch.js";
import { readParquet, writeParquet } from "./parquet.js";
import { type Value, batchOfValues, valuesOfBatch } from "./plain-values.js";
import { type Schema, field, int64, utf8 } from "./schema.js";
import { parseTypeName } from "./type-name.js";

const folder = mkdtempSync(join(tmpdir(), "flightsync-parquet-"));
after(() => {
  rmSync(folder, { recursive: true });
});

async function columnsOf(path: string): Promise<Value[][]> {
  const columns: Value[][] = [];
  for await (const batch of readParquet(path)) {
    valuesOfBatch(batch).forEach((values, i) => {
      (columns[i] ??= []).push(...values);
    });
  }
  return columns;
}

const samples: readonly (readonly [string, readonly Value[]])[] = [
  ["int64", [1n, null, -(2n ** 63n)]],
  ["uint64", [2n ** 64n - 1n, null, 0n]],
  ["double", [0.1, null, -0]],
  ["halffloat", [1.5, null, 65504]],
  ["decimal128(38, 9)", [10n ** 37n, null, -1n]],
  ["decimal256(76, 2)", [10n ** 75n, null, -1n]],
  ["string", ["a", null, "𝄞"]],
  ["binary", [Uint8Array.of(0, 255), null, Uint8Array.of()]],
  ["bool", [true, null, false]],
  ["date32[day]", [-1n, null, 20_000n]],
  ["time64[ns]", [1n, null, 86_399_999_999_999n]],
  ["timestamp[ns, tz=UTC]", [1_700_000_000_123_456_789n, null, -1n]],
  ["timestamp[us]", [-62_135_596_800_000_000n, null, 0n]],
  ["duration[ms]", [1n, null, -1n]],
  ["list<item: int32>", [[1n, null], null, []]],
  ["map<string, int32>", [[["a", 1n]], null, []]],
  ["struct<a: int32, b: string>", [[1n, null], null, [null, "x"]]],
];

const numbers: Schema = { fields: [field("n", int64, false)] };

function* manyBatches(count: number, rows: number): Generator<Batch> {
  for (let i = 0; i < count; i++) {
    const values = Array.from({ length: rows }, (_, k) => BigInt(i * rows + k));
    yield batchOfValues(numbers, [values]);
  }
}

describe("Parquet files", () => {
  test("every type comes back as it was", async () => {
    const path = join(folder, "types.parquet");
    const schema: Schema = {
      fields: samples.map(([name]) => field(name, parseTypeName(name))),
    };
    const columns = samples.map(([, values]) => values);
    const rows = await writeParquet(
      schema,
      [batchOfValues(schema, columns)],
      path,
    );
    assert.equal(rows, 3);
    assert.deepEqual(await columnsOf(path), columns);
    for await (const batch of readParquet(path)) {
      assert.deepEqual(
        batch.schema.fields.map(({ type }) => type),
        schema.fields.map(({ type }) => type),
      );
    }
  });

  test("small batches are joined into row groups", async () => {
    const path = join(folder, "groups.parquet");
    const options = { rowGroupRows: 1_000 };
    const rows = await writeParquet(
      numbers,
      manyBatches(50, 70),
      path,
      options,
    );
    assert.equal(rows, 3_500);
    const file = await ParquetFile.fromFile(await openAsBlob(path));
    assert.equal(file.metadata().numRowGroups(), 4);
    file.free();
    const [column] = await columnsOf(path);
    assert.deepEqual(
      column,
      Array.from({ length: 3_500 }, (_, i) => BigInt(i)),
    );
  });

  test("no batch at all makes a file with the schema", async () => {
    const path = join(folder, "empty.parquet");
    assert.equal(await writeParquet(numbers, [], path), 0);
    assert.deepEqual(await columnsOf(path), []);
    const file = await ParquetFile.fromFile(await openAsBlob(path));
    assert.equal(file.metadata().fileMetadata().numRows(), 0);
    file.free();
  });

  test("batches that fail leave no file, and the next file is written", async () => {
    const path = join(folder, "failed.parquet");
    function* failing(): Generator<Batch> {
      yield* manyBatches(3, 10);
      throw new Failure("unavailable", "the server went away");
    }
    await assert.rejects(
      writeParquet(numbers, failing(), path),
      (reason) => reason instanceof Failure && reason.code === "unavailable",
    );
    assert.ok(!existsSync(path));
    await assert.rejects(
      writeParquet(numbers, failing(), path, { rowGroupRows: 10 }),
      (reason) => reason instanceof Failure && reason.code === "unavailable",
    );
    assert.ok(!existsSync(path));
    assert.equal(await writeParquet(numbers, manyBatches(1, 10), path), 10);
  });

  for (const name of [
    "dense_union<a: int32=0>",
    "list<item: month_day_nano_interval>",
    "struct<>",
  ]) {
    test(`${name} is refused before anything is written`, async () => {
      const path = join(folder, "refused.parquet");
      const schema = { fields: [field("c", parseTypeName(name))] };
      await assert.rejects(
        writeParquet(schema, [], path),
        (reason) => reason instanceof Failure && reason.code === "unsupported",
      );
      assert.ok(!existsSync(path));
    });
  }

  test("missing and damaged files", async () => {
    await assert.rejects(
      columnsOf(join(folder, "missing.parquet")),
      (reason) => reason instanceof Failure && reason.code === "not_found",
    );
    const path = join(folder, "damaged.parquet");
    writeFileSync(path, "PAR1 this is no Parquet file");
    await assert.rejects(
      columnsOf(path),
      (reason) =>
        reason instanceof Failure &&
        reason.code === "invalid_data" &&
        reason.message.includes(path),
    );
  });

  test("a folder that is not there", async () => {
    const schema = { fields: [field("c", utf8)] };
    await assert.rejects(
      writeParquet(schema, [], join(folder, "no", "x.parquet")),
      Failure,
    );
  });
});
