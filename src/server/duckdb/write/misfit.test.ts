import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { batchOf } from "../../../arrow/batch.js";
import { batchOfValues } from "../../../arrow/plain-values.js";
import type { Value } from "../../../arrow/plain-values.js";
import { field, int32, utf8 } from "../../../arrow/schema.js";
import type { DataType } from "../../../arrow/schema.js";
import { Failure } from "../../../failure.js";
import { connection, load, read } from "./load.test.js";
import {
  timestamp,
  time,
  duration,
  decimal,
  struct,
  map,
  max64,
  nano,
} from "./types.test.js";

interface Misfit {
  readonly name: string;
  readonly type: DataType;
  readonly value: Value;
  readonly message: RegExp;
}

const misfits: readonly Misfit[] = [
  {
    name: "invalid UTF-8",
    type: utf8,
    value: Uint8Array.of(0xff),
    message: /not valid UTF-8: 0xff/,
  },
  {
    name: "a decimal of too many digits",
    type: decimal(128, 5, 2),
    value: 100_000n,
    message: /value 100000 has more than the 5 digits/,
  },
  {
    name: "a decimal of too many digits in 64 bits",
    type: decimal(64, 18, 0),
    value: -(10n ** 18n),
    message: /more than the 18 digits/,
  },
  {
    name: "39 digits beyond HUGEINT",
    type: decimal(256, 39, 0),
    value: 2n ** 127n,
    message: /does not fit HUGEINT/,
  },
  {
    name: "a date that DuckDB takes for infinity",
    type: { type: "date", unit: "day" },
    value: 2n ** 31n - 1n,
    message: /beyond DuckDB's dates/,
  },
  {
    name: "a timestamp that DuckDB takes for infinity",
    type: timestamp("us"),
    value: max64,
    message: /beyond DuckDB's timestamps/,
  },
  {
    name: "an instant that DuckDB takes for -infinity",
    type: timestamp("us", "UTC"),
    value: -max64,
    message: /beyond DuckDB's timestamps/,
  },
  {
    name: "an instant beyond microseconds",
    type: timestamp("s", "UTC"),
    value: 10n ** 13n,
    message: /beyond 64 bits of microseconds/,
  },
  {
    name: "an instant with nanoseconds",
    type: timestamp("ns", "UTC"),
    value: 1n,
    message: /fraction of a microsecond/,
  },
  {
    name: "a duration with nanoseconds",
    type: duration("ns"),
    value: 1001n,
    message: /fraction of a microsecond/,
  },
  {
    name: "an interval with nanoseconds",
    type: nano,
    value: [0n, 0n, 1n],
    message: /fraction of a microsecond/,
  },
  {
    name: "a date with hours",
    type: { type: "date", unit: "ms" },
    value: 1n,
    message: /no whole day/,
  },
  {
    name: "a time before midnight",
    type: time("us"),
    value: -1n,
    message: /no time of day/,
  },
  {
    name: "a time after midnight",
    type: time("s"),
    value: 86_401n,
    message: /no time of day/,
  },
  {
    name: "one key twice",
    type: map(utf8, int32),
    value: [
      ["k", 1n],
      ["k", 2n],
    ],
    message: /one key twice/,
  },
  {
    name: "a NULL key",
    type: map(utf8, int32),
    value: [[null, 1n]],
    message: /a NULL key/,
  },
];

describe("values that DuckDB lacks", () => {
  for (const { name, type, value, message } of misfits)
    it(`refuses ${name}, names the column, and loads nothing`, async () => {
      await connection.run("DROP TABLE IF EXISTS t");
      const schema = { fields: [field("the column", type)] };
      const batch = batchOfValues(schema, [[value]]);
      await assert.rejects(load(schema, [batch]), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.code, "invalid_data");
        assert.match(error.message, message);
        assert.match(error.message, /column "the column"/);
        return true;
      });
      await assert.rejects(read("FROM t"), /does not exist/);
    });

  it("takes such values where they are behind a NULL", async () => {
    const schema = { fields: [field("x", timestamp("us"))] };
    const batch = batchOfValues(schema, [[max64]]);
    const [vector] = batch.vectors;
    assert.ok(vector?.layout === "fixed");
    const nulled = { ...vector, validity: Uint8Array.of(0) };
    await load(schema, [batchOf(schema, [nulled], 1)]);
    assert.deepEqual((await read("FROM t")).columns, [[null]]);
  });

  it("refuses a struct without fields", async () => {
    const schema = { fields: [field("x", struct({}))] };
    await assert.rejects(
      load(schema, []),
      (error) => error instanceof Failure && error.code === "unsupported",
    );
  });
});
