import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { valuesOfBatch, type Value } from "../arrow/plain-values.js";
import {
  binary,
  bool,
  field,
  float32,
  float64,
  int16,
  int32,
  int64,
  int8,
  uint16,
  uint32,
  uint64,
  uint8,
  utf8,
  type DataType,
  type TimeUnit,
} from "../arrow/schema.js";
import { batchOfLines, linesOf } from "./lines.js";

/** What a column of the type holds after the value was parsed. */
function parsed(type: DataType, json: string): Value {
  const batch = batchOfLines({ fields: [field("a", type)] }, `{"a":${json}}`);
  return batch === undefined ? null : (valuesOfBatch(batch)[0]?.[0] ?? null);
}

/** What is written for the value that was parsed. */
function rewritten(type: DataType, json: string): string {
  const batch = batchOfLines({ fields: [field("a", type)] }, `{"a":${json}}`);
  assert.ok(batch);
  const written = linesOf(batch, { kernel: true });
  assert.deepEqual(linesOf(batch, { kernel: false }), written);
  return written.toString().slice(5, -2);
}

const decimal = (precision: number, scale: number): DataType => {
  const bits =
    precision > 38 ? 256 : precision > 18 ? 128 : precision > 9 ? 64 : 32;
  return { type: "decimal", bits, precision, scale };
};
const timestamp = (unit: TimeUnit): DataType => ({ type: "timestamp", unit });
const instant = (unit: TimeUnit): DataType => ({
  type: "timestamp",
  unit,
  timezone: "UTC",
});
const time = (unit: TimeUnit): DataType => ({ type: "time", unit });
const duration = (unit: TimeUnit): DataType => ({ type: "duration", unit });
const interval = (
  unit: "year_month" | "day_time" | "month_day_nano",
): DataType => ({ type: "interval", unit });
const date: DataType = { type: "date", unit: "day" };
const dateMs: DataType = { type: "date", unit: "ms" };
const float16: DataType = { type: "float", bits: 16 };

/** A type, texts that the parser takes for one value, and the text that the writer has for it. */
type Accepted = readonly [
  name: string,
  type: DataType,
  texts: readonly string[],
  written: string,
];

const accepted: readonly Accepted[] = [
  ["int8 min", int8, ["-128", "-128.0", '"-128"', "-1.28e2"], "-128"],
  ["uint8 max", uint8, ["255", "2550e-1"], "255"],
  ["int16 max", int16, ["32767"], "32767"],
  ["uint16 max", uint16, ["65535"], "65535"],
  ["int32 min", int32, ["-2147483648"], "-2147483648"],
  ["int32 zero", int32, ["0", "-0", "0e999999999", "0.000"], "0"],
  ["uint32 max", uint32, ["4294967295"], "4294967295"],
  [
    "int64 min",
    int64,
    ["-9223372036854775808", '"-9223372036854775808"'],
    "-9223372036854775808",
  ],
  [
    "int64 max",
    int64,
    [
      "9223372036854775807",
      "9223372036854775807.00",
      "92233720368547758070e-1",
    ],
    "9223372036854775807",
  ],
  ["2^53 - 1", int64, ["9007199254740991"], "9007199254740991"],
  ["2^53 + 1", int64, ["9007199254740993"], "9007199254740993"],
  ["-2^53 - 1", int64, ["-9007199254740993"], "-9007199254740993"],
  ["-2^32", int64, ["-4294967296"], "-4294967296"],
  ["-2^32 - 1", int64, ["-4294967297"], "-4294967297"],
  ["10^15", int64, ["1000000000000000", "1e15", "1E+15"], "1000000000000000"],
  ["uint64 max", uint64, ["18446744073709551615"], "18446744073709551615"],
  ["2^53 unsigned", uint64, ["9007199254740992"], "9007199254740992"],

  [
    "a third",
    float64,
    ["0.3333333333333333", '"0.3333333333333333"', "3333333333333333e-16"],
    "0.3333333333333333",
  ],
  ["17 digits", float64, ["0.30000000000000004"], "0.30000000000000004"],
  [
    "more digits than a double",
    float64,
    ["0.1000000000000000055511151231257827", "0.1"],
    "0.1",
  ],
  [
    "the middle of two doubles",
    float64,
    ["9007199254740993", "9007199254740992"],
    "9007199254740992",
  ],
  [
    "just above the middle",
    float64,
    ["9007199254740993.0000000000000000000000000000001"],
    "9007199254740994",
  ],
  [
    "the smallest double",
    float64,
    ["5e-324", "4.9406564584124654e-324"],
    "5e-324",
  ],
  ["below the smallest double", float64, ["1e-400", "0", "0.0"], "0"],
  [
    "the largest double",
    float64,
    ["1.7976931348623157e308", "1.7976931348623157E+308"],
    "1.7976931348623157e+308",
  ],
  [
    "the smallest normal double",
    float64,
    ["2.2250738585072014e-308"],
    "2.2250738585072014e-308",
  ],
  ["minus zero", float64, ["-0", "-0.0", "-0e5", '"-0"'], "-0"],
  ["NaN", float64, ['"NaN"'], '"NaN"'],
  ["minus infinity", float64, ['"-Infinity"'], '"-Infinity"'],
  ["10^21", float64, ["1e21", "1000000000000000000000"], "1e+21"],
  ["10^22 and 10^23", float64, ["1e23"], "1e+23"],
  ["a float32", float32, ["0.1", "0.10000000149011612"], "0.1"],
  [
    "the smallest float32",
    float32,
    ["1e-45", "1.401298464324817e-45"],
    "1e-45",
  ],
  ["the largest float32", float32, ["3.4028235e38"], "3.4028235e+38"],
  // 1 + 2^-24 is the middle of 1 and the next float32; as a double the text is that middle.
  [
    "a float32 above the middle",
    float32,
    ["1.00000005960464477540"],
    "1.0000001",
  ],
  [
    "a float32 at the middle",
    float32,
    ["1.000000059604644775390625", "1"],
    "1",
  ],
  ["a float16", float16, ["0.1", "0.0999755859375"], "0.1"],
  ["the largest float16", float16, ["65504", "65519.99"], "65504"],

  [
    "a decimal",
    decimal(5, 2),
    ["12.3", "12.30", "12.3000", "1.23e1", '"12.3"', "1230e-2"],
    "12.30",
  ],
  ["a small negative decimal", decimal(5, 2), ["-0.05", "-5e-2"], "-0.05"],
  [
    "no decimal minus zero",
    decimal(5, 2),
    ["0", "-0", "-0.00", "0e99"],
    "0.00",
  ],
  [
    "a decimal of all its digits",
    decimal(9, 9),
    ["0.999999999"],
    "0.999999999",
  ],
  [
    "a decimal of 18 digits",
    decimal(18, 0),
    ["-999999999999999999"],
    "-999999999999999999",
  ],
  [
    "a decimal of 38 digits",
    decimal(38, 10),
    ["-1234567890123456789012345678.9012345678"],
    "-1234567890123456789012345678.9012345678",
  ],
  [
    "a decimal of 76 digits",
    decimal(76, 38),
    ["9".repeat(38) + "." + "9".repeat(38)],
    "9".repeat(38) + "." + "9".repeat(38),
  ],
  [
    "a decimal of 76 negative digits",
    decimal(76, 0),
    ["-" + "1234567890".repeat(7) + "123456"],
    "-" + "1234567890".repeat(7) + "123456",
  ],
  [
    "2^64 as a decimal",
    decimal(38, 0),
    ["18446744073709551616"],
    "18446744073709551616",
  ],
  [
    "a decimal below its scale",
    decimal(38, 38),
    ["1e-38"],
    "0." + "0".repeat(37) + "1",
  ],
  ["a decimal of negative scale", decimal(5, -3), ["12000", "12e3"], "12000"],
  ["zero of negative scale", decimal(5, -3), ["0"], "0"],

  ["text", utf8, ['"a\\u0062c"', '"abc"'], '"abc"'],
  [
    "controls",
    utf8,
    ['"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\\\/\u007f"'],
    '"\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/\u007f"',
  ],
  ["a surrogate pair", utf8, ['"\\ud834\\uDD1E"', '"𝄞"'], '"𝄞"'],
  [
    "escapes of every length",
    utf8,
    ['"\\u007f\\u00e9\\u20ac"', '"\u007fé€"'],
    '"\u007fé€"',
  ],
  ["a number as text", utf8, ["1.50e3"], '"1.50e3"'],
  ["a bool as text", utf8, ["true"], '"true"'],
  [
    "an object as text",
    utf8,
    ['{"b" : [1, null,"é\\u0000"]}'],
    '"{\\"b\\" : [1, null,\\"é\\\\u0000\\"]}"',
  ],
  ["the string null", utf8, ['"null"'], '"null"'],

  ["no bytes", binary, ['""'], '""'],
  ["one byte", binary, ['"_w"', '"/w"', '"/w=="', '"\\/w=="'], '"/w=="'],
  ["two bytes", binary, ['"-_8"', '"+/8="'], '"+/8="'],
  [
    "fixed bytes",
    { type: "fixed_size_binary", width: 3 },
    ['"AQID"'],
    '"AQID"',
  ],

  [
    "a date",
    date,
    [
      '"2024-02-29"',
      '"2024-02-29T00:00:00Z"',
      '"2024-02-29 00:00:00.000+00:00"',
    ],
    '"2024-02-29"',
  ],
  ["year 0", date, ['"0000-02-29"', '"+000000-02-29"'], '"0000-02-29"'],
  [
    "the year before",
    date,
    ['"-000001-12-31"', '"-0001-12-31"'],
    '"-000001-12-31"',
  ],
  [
    "year 10000",
    date,
    ['"+010000-01-01"', '"+10000-01-01"'],
    '"+010000-01-01"',
  ],
  ["the last day of 32 bits", date, ['"+5881580-07-11"'], '"+5881580-07-11"'],
  ["the first day of 32 bits", date, ['"-5877641-06-23"'], '"-5877641-06-23"'],
  ["a date in ms", dateMs, ['"1969-12-31"'], '"1969-12-31"'],
  [
    "the last day of 64 bits of ms",
    dateMs,
    ['"+292278994-08-17"'],
    '"+292278994-08-17"',
  ],

  [
    "a time in s",
    time("s"),
    ['"23:59:59"', '"23:59:59.000"', '"T23:59:59"', '"23:59:59Z"'],
    '"23:59:59"',
  ],
  [
    "a time in ms",
    time("ms"),
    ['"00:00"', '"00:00:00"', '"00:00:00.0"'],
    '"00:00:00.000"',
  ],
  [
    "a time in us",
    time("us"),
    ['"12:34:56.7"', '"12:34:56.700000000"', '"12:34:56,7"'],
    '"12:34:56.700000"',
  ],
  [
    "a time in ns",
    time("ns"),
    ['"12:34:56.123456789"'],
    '"12:34:56.123456789"',
  ],

  [
    "a timestamp in s",
    timestamp("s"),
    [
      '"2024-01-01T00:00:00"',
      '"2024-01-01"',
      '"2024-01-01T00:00"',
      '"2024-01-01 00:00:00.0Z"',
      '"2024-01-01t00:00:00z"',
    ],
    '"2024-01-01T00:00:00"',
  ],
  [
    "an instant",
    instant("us"),
    [
      '"2024-01-01T00:00:00.5Z"',
      '"2024-01-01T00:00:00.500000"',
      '"2024-01-01T02:00:00.5+02:00"',
      '"2024-01-01T02:00:00.5+0200"',
      '"2024-01-01 02:00:00.5+02"',
      '"2023-12-31T18:30:00.50-05:30"',
      '"2024-01-01T00:00:00.500+00:00"',
      '"2024-01-01 00:00:00.5 +00:00"',
      '"2024-01-01\\u005400:00:00.5"',
    ],
    '"2024-01-01T00:00:00.500000Z"',
  ],
  [
    "a wall clock that came with an offset",
    timestamp("ms"),
    ['"2024-01-01T00:00:00-00:00"', '"2024-01-01T01:00:00+01:00"'],
    '"2024-01-01T00:00:00.000"',
  ],
  [
    "before the epoch",
    timestamp("ms"),
    ['"1969-12-31T23:59:59.999"'],
    '"1969-12-31T23:59:59.999"',
  ],
  [
    "the first ns",
    timestamp("ns"),
    ['"1677-09-21T00:12:43.145224192"'],
    '"1677-09-21T00:12:43.145224192"',
  ],
  [
    "the last ns",
    timestamp("ns"),
    ['"2262-04-11T23:47:16.854775807"'],
    '"2262-04-11T23:47:16.854775807"',
  ],
  [
    "the last us",
    timestamp("us"),
    ['"+294247-01-10T04:00:54.775807"'],
    '"+294247-01-10T04:00:54.775807"',
  ],
  [
    "the first us",
    timestamp("us"),
    ['"-290308-12-21T19:59:05.224192"'],
    '"-290308-12-21T19:59:05.224192"',
  ],
  [
    "the last ms",
    timestamp("ms"),
    ['"+292278994-08-17T07:12:55.807"'],
    '"+292278994-08-17T07:12:55.807"',
  ],
  [
    "the last s",
    timestamp("s"),
    ['"+292277026596-12-04T15:30:07"'],
    '"+292277026596-12-04T15:30:07"',
  ],
  [
    "the first s",
    timestamp("s"),
    ['"-292277022657-01-27T08:29:52"'],
    '"-292277022657-01-27T08:29:52"',
  ],
  [
    "the end of time as people write it",
    timestamp("us"),
    ['"9999-12-31T23:59:59.999999"'],
    '"9999-12-31T23:59:59.999999"',
  ],
  [
    "the beginning likewise",
    timestamp("us"),
    ['"0001-01-01T00:00:00"'],
    '"0001-01-01T00:00:00.000000"',
  ],

  [
    "a duration",
    duration("ms"),
    ['"PT12.345S"', '"P0DT12.345S"', '"PT0M12.345000S"', '"+PT12.345S"'],
    '"PT12.345S"',
  ],
  [
    "a negative duration",
    duration("us"),
    ['"-PT0.000001S"', '"PT-0.000001S"'],
    '"-PT0.000001S"',
  ],
  [
    "hours and days",
    duration("s"),
    ['"P1DT2H"', '"PT26H"', '"PT93600S"', '"P1DT1H60M"', '"-P-1DT-2H"'],
    '"PT93600S"',
  ],
  ["weeks", duration("s"), ['"P2W"'], '"PT1209600S"'],
  [
    "the longest duration",
    duration("ns"),
    ['"PT9223372036.854775807S"'],
    '"PT9223372036.854775807S"',
  ],
  [
    "the most negative duration",
    duration("ms"),
    ['"-PT9223372036854775.808S"'],
    '"-PT9223372036854775.808S"',
  ],
  ["months", interval("year_month"), ['"P14M"', '"P1Y2M"'], '"P14M"'],
  [
    "fewer months",
    interval("year_month"),
    ['"P-2M"', '"-P2M"', '"P-1Y10M"'],
    '"P-2M"',
  ],
  [
    "days and ms",
    interval("day_time"),
    ['"P3DT4.005S"', '"P3DT0M4.005S"'],
    '"P3DT4.005S"',
  ],
  [
    "days and ms of two signs",
    interval("day_time"),
    ['"P-3DT0.500S"'],
    '"P-3DT0.500S"',
  ],
  [
    "all components",
    interval("month_day_nano"),
    ['"P1M2DT3.000000004S"', '"P1M2DT3.000000004S"'],
    '"P1M2DT3.000000004S"',
  ],
  [
    "components of mixed signs",
    interval("month_day_nano"),
    ['"P-1M2DT-3.5S"', '"P-1M2DT-3.500000000S"'],
    '"P-1M2DT-3.500000000S"',
  ],
];

describe("a value reads as one of many texts and is written as one", () => {
  for (const [name, type, texts, written] of accepted)
    test(name, () => {
      for (const text of [written, ...texts])
        assert.equal(rewritten(type, text), written, text);
    });
});

const refused: readonly (readonly [
  name: string,
  type: DataType,
  texts: readonly string[],
  reason: RegExp,
])[] = [
  ["int8", int8, ["128", "-129", "1e3", "1e999999999"], /^out of range/],
  ["unsigned", uint32, ["-1", "4294967296"], /^out of range/],
  [
    "int64",
    int64,
    ["9223372036854775808", "-9223372036854775809", "1e19"],
    /^out of range/,
  ],
  ["uint64", uint64, ["18446744073709551616", "-1"], /^out of range/],
  [
    "no integer",
    int32,
    ["1.5", '"x"', '""', '" 1"', '"0x10"', "true", "[1]", "1e-1", '"1 "'],
    /^not an integer/,
  ],
  [
    "no number",
    float64,
    ['"x"', '""', "true", "{}", '"1e"', '"0x1"', '"Infinity "', '".5"'],
    /^not a number/,
  ],
  ["float64", float64, ["1e309", '"-1e309"'], /^out of range/],
  ["float32", float32, ["3.5e38"], /^out of range/],
  ["float16", float16, ["65520"], /^out of range/],
  [
    "decimal digits",
    decimal(5, 2),
    ["1000", "1000.00", "99999e1", "1e999999999"],
    /^too many digits:/,
  ],
  [
    "decimal fraction",
    decimal(5, 2),
    ["0.001", "1e-3", "12.345", "1e-999999999"],
    /^too many digits behind the point/,
  ],
  [
    "decimal of negative scale",
    decimal(5, -3),
    ["12001", "1"],
    /^too many digits behind the point/,
  ],
  ["no decimal", decimal(5, 2), ['"NaN"', "false", '"1,5"'], /^not a number/],
  ["bool", bool, ["1", '"true"', "{}"], /^neither true nor false/],
  [
    "half a surrogate pair",
    utf8,
    ['"\\ud800"', '"\\udc00\\ud800"', '"\\ud800\\u0041"', '"a\\ud800x"'],
    /^half a surrogate pair/,
  ],
  [
    "base64",
    binary,
    ['"a"', '"ab=c"', '"ab c"', '"QR=="', '"QUJ="', '"Q==="', '"é"', "1"],
    /^not (a )?base64/,
  ],
  [
    "fixed bytes",
    { type: "fixed_size_binary", width: 3 },
    ['"AQ=="', '"AQIDBA=="'],
    /^not 3 bytes/,
  ],
  [
    "no date",
    date,
    [
      '"2024-02-30"',
      '"2023-02-29"',
      '"1900-02-29"',
      '"2024-13-01"',
      '"2024-00-10"',
      '"2024-1-1"',
      '"24-01-01"',
      "20240101",
      '"2024-04-31"',
      '""',
    ],
    /^not a (date|string)/,
  ],
  [
    "a date with a time",
    date,
    ['"2024-01-01T00:00:01"', '"2024-01-01T00:00:00.001Z"'],
    /^not midnight/,
  ],
  [
    "a date of another zone",
    date,
    ['"2024-01-01T00:00:00+02:00"'],
    /^midnight of another zone/,
  ],
  ["a date too far", date, ['"+5881580-07-12"'], /^out of range/],
  [
    "no time",
    time("us"),
    [
      '"24:00:01"',
      '"23:60:00"',
      '"23:59:60"',
      '"1:00:00"',
      '"2024-01-01T00:00:00"',
      "5",
    ],
    /^not a (time|string)/,
  ],
  [
    "a time of another zone",
    time("us"),
    ['"12:00:00+01:00"'],
    /^a time of another zone/,
  ],
  [
    "a time too fine",
    time("s"),
    ['"12:00:00.5"'],
    /^too many digits of a second/,
  ],
  [
    "no timestamp",
    timestamp("us"),
    [
      '"2024-01-01T24:00:00"',
      '"2024-01-01T00:00:60"',
      '"2024-02-30T00:00:00"',
      '"2024-01-01T00:00:00+24:00"',
      '"12:00:00"',
      '"2024-01-01T"',
      '"2024-01-01T00:00:00.Z"',
      '"2024-01-01T00:00:00ZZ"',
      '"2024-01-01T00:00:00."',
      "1700000000",
    ],
    /^not a (date and time|string)/,
  ],
  [
    "a timestamp too fine",
    timestamp("us"),
    ['"2024-01-01T00:00:00.0000001"', '"2024-01-01T00:00:00.1234567Z"'],
    /^too many digits of a second/,
  ],
  [
    "a timestamp too far",
    timestamp("ns"),
    [
      '"2262-04-11T23:47:16.854775808"',
      '"1677-09-21T00:12:43.145224191"',
      '"9999-12-31T00:00:00"',
    ],
    /^out of range/,
  ],
  [
    "a duration with months",
    duration("s"),
    ['"P1M"', '"P1Y"'],
    /^months have no fixed length/,
  ],
  [
    "a duration too fine",
    duration("s"),
    ['"PT0.5S"'],
    /^too many digits of a second/,
  ],
  [
    "a duration too long",
    duration("ns"),
    ['"PT9223372036.854775808S"'],
    /^out of range/,
  ],
  [
    "no duration",
    duration("s"),
    ['"P"', '"PT"', '"1D"', '"P1DT"', '"PT1.5H"', '"P1S"', "5"],
    /^not a (duration|string)/,
  ],
  [
    "an interval with days",
    interval("year_month"),
    ['"P1M1D"', '"P1MT1S"'],
    /^days and seconds have no place/,
  ],
  [
    "an interval too long",
    interval("day_time"),
    ['"P2147483648D"', '"PT2147483.648S"'],
    /^out of range/,
  ],
];

describe("a value that does not fit is refused, never altered:", () => {
  for (const [name, type, texts, reason] of refused)
    test(name, () => {
      for (const text of texts)
        assert.throws(
          () => parsed(type, text),
          { code: "invalid_data", message: reason },
          text,
        );
    });

  test("a control character between date and time", () => {
    for (const byte of ["\u0000", "\u0014", "\n"])
      assert.throws(
        () => parsed(timestamp("s"), `"2024-01-01${byte}00:00:00"`),
        { code: "invalid_input" },
      );
  });

  test("null where the field has none", () => {
    const schema = { fields: [field("a", int32, false)] };
    assert.throws(() => batchOfLines(schema, '{"a":null}'), {
      code: "invalid_data",
      message: 'null is not allowed: column "a" (int32) cannot hold null',
    });
  });

  test("bytes that are not UTF-8", () => {
    const schema = { fields: [field("a", utf8)] };
    for (const bytes of [
      [0xff],
      [0xc3],
      [0xed, 0xa0, 0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
    ]) {
      const line = Buffer.concat([
        Buffer.from('{"a":"ab'),
        Buffer.from(bytes),
        Buffer.from('"}'),
      ]);
      assert.throws(() => batchOfLines(schema, line), {
        code: "invalid_data",
        message: /^not UTF-8/,
      });
      const verbatim = Buffer.concat([
        Buffer.from('{"a":["'),
        Buffer.from(bytes),
        Buffer.from('"]}'),
      ]);
      assert.throws(() => batchOfLines(schema, verbatim), {
        code: "invalid_data",
        message: /^not UTF-8/,
      });
    }
  });

  test("a union without nulls, of two members, of none", () => {
    const union = (nullable: boolean): DataType => ({
      type: "union",
      mode: "dense",
      typeIds: [1, 2],
      fields: [field("i", int32, false), field("s", utf8, nullable)],
    });
    assert.throws(() => parsed(union(false), "null"), {
      message: /^null is not allowed/,
    });
    assert.deepEqual(parsed(union(true), "null"), { typeId: 2, value: null });
    for (const text of ["{}", '{"i":1,"s":"x"}', '{"x":1}', "1"])
      assert.throws(
        () => parsed(union(true), text),
        { code: "invalid_data" },
        text,
      );
  });

  test("a struct that lacks a member that may not be null", () => {
    const struct: DataType = {
      type: "struct",
      fields: [field("x", int32, false), field("y", int32)],
    };
    assert.deepEqual(parsed(struct, '{"x":1}'), [1n, null]);
    assert.throws(() => parsed(struct, '{"y":1}'), {
      code: "invalid_data",
      message: /^a value is missing: column "a.x"/,
    });
  });
});

test("strings of any length keep every character", () => {
  const texts = ["", "a", "é", "𝄞", "\u0000", '"', "\\", "x\n"];
  const schema = { fields: [field("a", utf8)] };
  for (const piece of texts)
    for (const length of [
      0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 1023, 1024, 4095, 4096, 4097, 9000,
    ]) {
      const value = piece.repeat(length) + "ab" + piece;
      const line = `${JSON.stringify({ a: value })}\n`;
      const batch = batchOfLines(schema, line);
      assert.ok(batch);
      assert.deepEqual(valuesOfBatch(batch), [[value]]);
      assert.equal(linesOf(batch).toString(), line);
    }
});

test("a string of 5 MB keeps every character", () => {
  const value = '0123456789abcdef"\\\n\u0001é€𝄞'.repeat(200_000);
  const line = `${JSON.stringify({ a: value })}\n`;
  const batch = batchOfLines({ fields: [field("a", utf8)] }, line);
  assert.ok(batch);
  assert.ok(valuesOfBatch(batch)[0]?.[0] === value);
  assert.ok(linesOf(batch).equals(Buffer.from(line)));
});
