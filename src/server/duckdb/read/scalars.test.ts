import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../../arrow/plain-values.js";
import type { DataType } from "../../../arrow/schema.js";
import { Failure } from "../../../failure.js";
import { column, columns, connection, read } from "./select.test.js";

async function typeOf(sql: string): Promise<DataType | undefined> {
  return (await read(sql))[0]?.schema.fields[0]?.type;
}

/**
 * A scalar type, values as SQL writes them, and the SQL expression that shows a value `x` as text without our
 * reader's knowledge of the type. NULL is added to every list.
 */
interface ScalarCase {
  readonly type: string;
  readonly arrow: DataType;
  readonly values: readonly string[];
  readonly oracle?: string;
}

const decimal = (precision: number, scale: number): DataType => ({
  type: "decimal",
  bits: 128,
  precision,
  scale,
});
const int = (bits: 8 | 16 | 32 | 64, signed: boolean): DataType => ({
  type: "int",
  bits,
  signed,
});
/** The digits without the point. */
const unscaled = "replace(x::VARCHAR, '.', '')::HUGEINT::VARCHAR";
const text: DataType = { type: "utf8", addressing: "offset32" };
const wide: DataType = { type: "decimal", bits: 256, precision: 39, scale: 0 };

const scalarCases: readonly ScalarCase[] = [
  { type: "BOOLEAN", arrow: { type: "bool" }, values: ["true", "false"] },
  { type: "TINYINT", arrow: int(8, true), values: ["-128", "0", "127"] },
  { type: "SMALLINT", arrow: int(16, true), values: ["-32768", "32767"] },
  {
    type: "INTEGER",
    arrow: int(32, true),
    values: ["-2147483648", "2147483647"],
  },
  {
    type: "BIGINT",
    arrow: int(64, true),
    values: ["-9223372036854775808", "9223372036854775807", "0"],
  },
  { type: "UTINYINT", arrow: int(8, false), values: ["0", "255"] },
  { type: "USMALLINT", arrow: int(16, false), values: ["0", "65535"] },
  { type: "UINTEGER", arrow: int(32, false), values: ["0", "4294967295"] },
  {
    type: "UBIGINT",
    arrow: int(64, false),
    values: ["0", "18446744073709551615"],
  },
  {
    type: "HUGEINT",
    arrow: wide,
    values: [
      "'-170141183460469231731687303715884105728'",
      "'170141183460469231731687303715884105727'",
      "-1",
      "0",
    ],
  },
  {
    type: "UHUGEINT",
    arrow: wide,
    values: ["0", "'340282366920938463463374607431768211455'"],
  },
  {
    type: "DECIMAL(4,1)",
    arrow: decimal(4, 1),
    oracle: unscaled,
    values: ["-999.9", "999.9", "-0.1"],
  },
  {
    type: "DECIMAL(9,4)",
    arrow: decimal(9, 4),
    oracle: unscaled,
    values: ["-99999.9999", "99999.9999"],
  },
  {
    type: "DECIMAL(18,0)",
    arrow: decimal(18, 0),
    values: ["-999999999999999999", "999999999999999999"],
  },
  {
    type: "DECIMAL(38,10)",
    arrow: decimal(38, 10),
    oracle: unscaled,
    values: [
      "-9999999999999999999999999999.9999999999",
      "9999999999999999999999999999.9999999999",
      "0",
    ],
  },
  {
    type: "FLOAT",
    arrow: { type: "float", bits: 32 },
    values: ["'-3.4028235e38'", "1.1754944e-38", "0.1", "'nan'", "'-inf'"],
    oracle: "x::DOUBLE::VARCHAR",
  },
  {
    type: "DOUBLE",
    arrow: { type: "float", bits: 64 },
    values: [
      "1.7976931348623157e308",
      "5e-324",
      "0.1",
      "'-0.0'",
      "'nan'",
      "'inf'",
    ],
  },
  {
    type: "VARCHAR",
    arrow: text,
    values: [
      "''",
      "'a'",
      "'exactly12byt'",
      "'thirteen byte'",
      "'naïve 日本語 😀 long enough for the heap'",
      "repeat('0123456789', 100000)",
      "chr(0) || 'nul'",
    ],
    oracle: "x",
  },
  {
    type: "BLOB",
    arrow: { type: "binary", addressing: "offset32" },
    values: ["''::BLOB", "'\\x00\\xFF'::BLOB", "repeat('x', 5000)::BLOB"],
    oracle: "lower(hex(x))",
  },
  {
    type: "UUID",
    arrow: text,
    values: [
      "'00000000-0000-0000-0000-000000000000'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      "'80000000-0000-4000-7fff-0123456789ab'",
      "'7fffffff-0000-4000-8000-00000000000f'",
    ],
  },
  {
    type: "BIT",
    arrow: text,
    values: ["'0'", "'1'", "'10101010'", "'000000001'", "repeat('10', 700)"],
  },
  {
    type: "BIGNUM",
    arrow: text,
    values: [
      "'0'",
      "'-1'",
      "'255'",
      "'-256'",
      "repeat('98765432101234567890', 40)",
      "'-' || repeat('1', 300)",
    ],
  },
  {
    type: "DATE",
    arrow: { type: "date", unit: "day" },
    values: [
      "'1970-01-01'",
      "'0001-01-01'",
      "'5877642-06-25 (BC)'",
      "'5881580-07-10'",
      "'2024-02-29'",
    ],
    oracle: "(x - DATE '1970-01-01')::VARCHAR",
  },
  {
    type: "TIME",
    arrow: { type: "time", unit: "us" },
    values: ["'00:00:00'", "'24:00:00'", "'12:34:56.789012'"],
    oracle: "epoch_us(x)::VARCHAR",
  },
  {
    type: "TIME_NS",
    arrow: { type: "time", unit: "ns" },
    values: ["'00:00:00'", "'23:59:59.999999999'"],
    oracle: "epoch_ns(x)::VARCHAR",
  },
  {
    type: "TIMETZ",
    arrow: text,
    values: [
      "'00:00:00+15:59:59'",
      "'23:59:59.999999-15:59:59'",
      "'12:34:56.5+02'",
      "'12:34:56-00:30'",
      "'24:00:00+00'",
    ],
  },
  {
    type: "TIMESTAMP_S",
    arrow: { type: "timestamp", unit: "s" },
    values: ["'1969-12-31 23:59:59'", "'0001-01-01'", "'9999-12-31 23:59:59'"],
    oracle: "(epoch_ms(x) // 1000)::VARCHAR",
  },
  {
    type: "TIMESTAMP_MS",
    arrow: { type: "timestamp", unit: "ms" },
    values: ["'1969-12-31 23:59:59.999'", "'9999-12-31 23:59:59.001'"],
    oracle: "epoch_ms(x)::VARCHAR",
  },
  {
    type: "TIMESTAMP",
    arrow: { type: "timestamp", unit: "us" },
    values: [
      "'1970-01-01'",
      "'290309-12-22 (BC) 00:00:00'",
      "'294247-01-10 04:00:54.775806'",
      "'2024-06-01 12:34:56.123456'",
    ],
    oracle: "epoch_us(x)::VARCHAR",
  },
  {
    type: "TIMESTAMP_NS",
    arrow: { type: "timestamp", unit: "ns" },
    values: [
      "'1677-09-22 00:00:00'",
      "'2262-04-11 23:47:16.854775806'",
      "'2024-06-01 12:34:56.123456789'",
    ],
    oracle: "epoch_ns(x)::VARCHAR",
  },
  {
    type: "TIMESTAMPTZ",
    arrow: { type: "timestamp", unit: "us", timezone: "UTC" },
    values: ["'2024-06-01 12:34:56.123456+02'", "'0001-01-01 00:00:00+00'"],
    oracle: "epoch_us(x)::VARCHAR",
  },
  {
    type: "ENUM('sad','ok','a rather happy mood')",
    arrow: text,
    values: ["'sad'", "'a rather happy mood'"],
  },
  {
    type: "INTERVAL",
    arrow: { type: "interval", unit: "month_day_nano" },
    values: [
      "'0 seconds'",
      "'-14 months 3 days -1 microsecond'",
      "to_microseconds(9223372036854775)",
      "to_microseconds(-9223372036854775)",
    ],
    oracle:
      "(datepart('year', x) * 12 + datepart('month', x)) || ' ' || datepart('day', x) || ' ' || (datepart('hour', x)::HUGEINT * 3600000000 + datepart('minute', x) * 60000000 + datepart('microsecond', x)) * 1000",
  },
];

/** The value as the oracle's SQL shows it; numbers stay numbers, so that NaN is one value. */
function shown(value: Value): unknown {
  if (value === null || typeof value === "number") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(String).join(" ");
  return typeof value === "object" ? value : String(value);
}

const notFinite: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  "-inf": -Infinity,
};

function expected(value: Value, isNumber: boolean): unknown {
  if (typeof value !== "string" || !isNumber) return value;
  return notFinite[value] ?? Number(value);
}

describe("scalars", () => {
  for (const { type, arrow, values, oracle } of scalarCases)
    it(`reads ${type} as DuckDB shows it, NULLs between`, async () => {
      const list = values.map((value) => `((${value})::${type}), (NULL)`);
      const from = `FROM (SELECT x::${type} AS x FROM (VALUES ${list.join(", ")}) t(x))`;
      assert.deepEqual(await typeOf(`SELECT x ${from}`), arrow);
      const [got, wanted] = await columns(
        `SELECT x, ${oracle ?? "x::VARCHAR"} ${from}`,
      );
      assert.equal(got?.length, values.length * 2);
      assert.deepEqual(
        got.map(shown),
        wanted?.map((value) => expected(value, typeof got[0] === "number")),
      );
    });

  it("reads enums of 1, 2 and 4 bytes", async () => {
    for (const size of [255, 256, 65_535, 65_536]) {
      await connection.run(
        `CREATE OR REPLACE TYPE big AS ENUM (SELECT 'value ' || i FROM range(${String(size)}) t(i))`,
      );
      const got = await column(
        `SELECT ('value ' || i)::big FROM (VALUES (0), (${String(size - 1)})) t(i)`,
      );
      assert.deepEqual(got, ["value 0", `value ${String(size - 1)}`]);
    }
  });

  it("zeroes what lies behind a NULL", async () => {
    const [batch] = await read(
      "SELECT CASE WHEN i % 2 = 0 THEN i END FROM range(100) t(i)",
    );
    const vector = batch?.vectors[0];
    assert.ok(vector?.layout === "fixed");
    const values = new BigInt64Array(vector.data.slice().buffer);
    for (let i = 1; i < 100; i += 2) assert.equal(values[i], 0n);
  });
});

describe("values that Arrow lacks", () => {
  const infinite = [
    "'infinity'::DATE",
    "'-infinity'::DATE",
    "'infinity'::TIMESTAMP",
    "'-infinity'::TIMESTAMP_S",
    "'infinity'::TIMESTAMP_MS",
    "'-infinity'::TIMESTAMP_NS",
    "'infinity'::TIMESTAMPTZ",
    "['-infinity'::DATE]",
  ];
  for (const value of infinite)
    it(`refuses ${value} and names the column`, async () => {
      await assert.rejects(
        read(`SELECT ${value} AS "the column"`),
        (error) =>
          error instanceof Failure &&
          error.code === "invalid_data" &&
          error.message.includes('column "the column"'),
      );
    });

  it("refuses an INTERVAL that has no nanoseconds", async () => {
    await assert.rejects(
      read("SELECT to_microseconds(9223372036854776) AS i"),
      /column "i" holds an INTERVAL of 9223372036854776 microseconds/,
    );
  });

  for (const type of ["GEOMETRY", "VARIANT"])
    it(`refuses ${type} and says how to select it`, async () => {
      await assert.rejects(
        read(`SELECT NULL::${type} AS g`),
        (error) =>
          error instanceof Failure &&
          error.code === "unsupported" &&
          error.message.includes(`column "g" has the DuckDB type ${type}`) &&
          error.message.includes("CAST"),
      );
    });
});
