import type { ColumnFact } from "./quirks.js";

/**
 * Every type of DuckDB 1.5 that Arrow can carry (https://duckdb.org/docs/stable/sql/data_types/overview), with
 * its least and largest values and those that are easily lost. Types that Arrow lacks travel as text.
 */
export const duckdbColumns: readonly ColumnFact[] = [
  {
    name: "boolean",
    type: "BOOLEAN",
    values: [
      ["true", "true"],
      ["false", "false"],
    ],
  },
  numbers("tinyint", "TINYINT", ["-128", "127", "0"]),
  numbers("smallint", "SMALLINT", ["-32768", "32767"]),
  numbers("integer", "INTEGER", ["-2147483648", "2147483647"]),
  numbers("bigint", "BIGINT", [
    "-9223372036854775808",
    "9223372036854775807",
    "9007199254740993",
  ]),
  numbers("utinyint", "UTINYINT", ["0", "255"]),
  numbers("usmallint", "USMALLINT", ["0", "65535"]),
  numbers("uinteger", "UINTEGER", ["0", "4294967295"]),
  numbers("ubigint", "UBIGINT", ["0", "18446744073709551615"]),
  numbers("hugeint", "HUGEINT", [
    "-170141183460469231731687303715884105728",
    "170141183460469231731687303715884105727",
    "0",
  ]),
  {
    // Arrow's decimal(39, 0) of both huge types is one type: the destination makes the signed one.
    ...numbers("uhugeint", "UHUGEINT", [
      "0",
      "170141183460469231731687303715884105727",
    ]),
    loadedType: "HUGEINT",
  },
  numbers("decimal_4_1", "DECIMAL(4,1)", ["-999.9", "999.9", "0.0"]),
  numbers("decimal_9_4", "DECIMAL(9,4)", ["-99999.9999", "-0.0001"]),
  numbers("decimal_18_6", "DECIMAL(18,6)", [
    "-999999999999.999999",
    "12.300000",
  ]),
  numbers("decimal_38_10", "DECIMAL(38,10)", [
    "-9999999999999999999999999999.9999999999",
    "1234567890123456789012345678.0123456789",
  ]),
  numbers("decimal_38_0", "DECIMAL(38,0)", [
    "99999999999999999999999999999999999999",
    "-1",
  ]),
  {
    name: "float",
    type: "FLOAT",
    values: [
      ["1.5", "1.5"],
      ["'-0'::FLOAT", "-0"],
      ["'-3.4028235e38'::FLOAT", "-3.4028235e+38"],
      ["'1e-45'::FLOAT", "1e-45"],
      ["'0.1'::FLOAT", "0.1"],
      ["'nan'::FLOAT", '"NaN"'],
      ["'inf'::FLOAT", '"Infinity"'],
      ["'-inf'::FLOAT", '"-Infinity"'],
    ],
  },
  {
    name: "double",
    type: "DOUBLE",
    values: [
      ["0.1::DOUBLE", "0.1"],
      ["'-0'::DOUBLE", "-0"],
      ["'1.7976931348623157e308'::DOUBLE", "1.7976931348623157e+308"],
      ["'5e-324'::DOUBLE", "5e-324"],
      ["123456789012345680000::DOUBLE", "123456789012345680000"],
      ["1e21::DOUBLE", "1e+21"],
      ["'0.000001'::DOUBLE", "0.000001"],
      ["'1e-7'::DOUBLE", "1e-7"],
      ["'nan'::DOUBLE", '"NaN"'],
      ["'inf'::DOUBLE", '"Infinity"'],
      ["'-inf'::DOUBLE", '"-Infinity"'],
    ],
  },
  {
    name: "varchar",
    type: "VARCHAR",
    values: [
      ["''", '""'],
      [`'say "no" \\ '' / '`, `"say \\"no\\" \\\\ ' / "`],
      [
        "chr(10) || chr(9) || chr(13) || chr(8) || chr(12)",
        '"\\n\\t\\r\\b\\f"',
      ],
      ["chr(0) || chr(31) || chr(127)", '"\\u0000\\u001f\u007f"'],
      ["'𝄞é' || chr(8232)", '"𝄞é\u2028"'],
      ["'null'", '"null"'],
      ["repeat('0123456789', 1000)", `"${"0123456789".repeat(1000)}"`],
      ["'exactly 12ch'", '"exactly 12ch"'],
      ["'2024-01-01'", '"2024-01-01"'],
    ],
  },
  {
    name: "blob",
    type: "BLOB",
    values: [
      ["''::BLOB", '""'],
      ["'\\x00\\xFF\\xFE'::BLOB", '"AP/+"'],
      ["'abcd'::BLOB", '"YWJjZA=="'],
      ["repeat('A', 30)::BLOB", `"${"QUFB".repeat(10)}"`],
    ],
  },
  {
    name: "date",
    type: "DATE",
    values: [
      ["'1970-01-01'", '"1970-01-01"'],
      ["'0001-01-01'", '"0001-01-01"'],
      ["'9999-12-31'", '"9999-12-31"'],
      ["'5877642-06-25 (BC)'", '"-5877641-06-25"'],
      ["'5881580-07-10'", '"+5881580-07-10"'],
    ],
  },
  {
    name: "time",
    type: "TIME",
    values: [
      ["'00:00:00'", '"00:00:00.000000"'],
      ["'23:59:59.999999'", '"23:59:59.999999"'],
      ["'24:00:00'", '"24:00:00.000000"'],
    ],
  },
  {
    name: "time_ns",
    type: "TIME_NS",
    values: [["'12:34:56.123456789'", '"12:34:56.123456789"']],
  },
  text("timetz", "TIME WITH TIME ZONE", [
    "00:00:00+00",
    "12:34:56.789012+02:30",
    "23:59:59.999999-15:59:59",
  ]),
  {
    name: "timestamp",
    type: "TIMESTAMP",
    values: [
      ["'1970-01-01'", '"1970-01-01T00:00:00.000000{naive}"'],
      ["'1969-12-31 23:59:59.999999'", '"1969-12-31T23:59:59.999999{naive}"'],
      ["'0001-01-01 00:00:00.000001'", '"0001-01-01T00:00:00.000001{naive}"'],
      [
        "'290309-12-22 (BC) 00:00:00'",
        '"-290308-12-22T00:00:00.000000{naive}"',
      ],
      [
        "'294247-01-10 04:00:54.775806'",
        '"+294247-01-10T04:00:54.775806{naive}"',
      ],
    ],
  },
  {
    name: "timestamp_s",
    type: "TIMESTAMP_S",
    values: [
      ["'2024-02-29 12:34:56'", '"2024-02-29T12:34:56{naive}"'],
      ["'1900-02-28 23:59:59'", '"1900-02-28T23:59:59{naive}"'],
    ],
  },
  {
    name: "timestamp_ms",
    type: "TIMESTAMP_MS",
    values: [
      ["'2024-02-29 12:34:56.789'", '"2024-02-29T12:34:56.789{naive}"'],
      ["'1969-12-31 23:59:59.999'", '"1969-12-31T23:59:59.999{naive}"'],
    ],
  },
  {
    name: "timestamp_ns",
    type: "TIMESTAMP_NS",
    values: [
      [
        "'2262-04-11 23:47:16.854775806'",
        '"2262-04-11T23:47:16.854775806{naive}"',
      ],
      ["'1677-09-22 00:00:00'", '"1677-09-22T00:00:00.000000000{naive}"'],
      [
        "'1969-12-31 23:59:59.999999999'",
        '"1969-12-31T23:59:59.999999999{naive}"',
      ],
    ],
  },
  {
    name: "timestamp_tz",
    type: "TIMESTAMP WITH TIME ZONE",
    values: [
      ["'2024-03-31 03:30:00.000001+02'", '"2024-03-31T01:30:00.000001Z"'],
      ["'1969-12-31 23:59:59.999999+00'", '"1969-12-31T23:59:59.999999Z"'],
    ],
  },
  {
    name: "interval",
    type: "INTERVAL",
    values: [
      ["INTERVAL '0 days'", '"P0M0DT0.000000000S"'],
      ["INTERVAL '14 months 2 days 3.000004 seconds'", '"P14M2DT3.000004000S"'],
      [
        "INTERVAL '-1 month 2 days -3.000004 seconds'",
        '"P-1M2DT-3.000004000S"',
      ],
    ],
  },
  text("uuid", "UUID", [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "12345678-9abc-def0-8123-456789abcdef",
  ]),
  text("bit", "BIT", ["0", "1", "0101010101010101010101"]),
  text("enumeration", "ENUM('low', 'mid, ''dle''', 'high')", ["low", "high"]),
  text("bignum", "BIGNUM", [
    "0",
    "-12345678901234567890123456789012345678901234567890",
  ]),
  {
    name: "json",
    type: "JSON",
    loadedType: "VARCHAR",
    values: [[`'{"a": [1, 2.50]}'`, '"{\\"a\\": [1, 2.50]}"']],
  },
  {
    name: "integers",
    type: "INTEGER[]",
    values: [
      ["[]", "[]"],
      ["[1, NULL, -3]", "[1,null,-3]"],
    ],
  },
  {
    name: "texts",
    type: "VARCHAR[][]",
    values: [
      ["[[], NULL, ['a', NULL, '']]", '[[],null,["a",null,""]]'],
      ["[NULL]", "[null]"],
    ],
  },
  {
    name: "decimals",
    type: "DECIMAL(20,2)[]",
    values: [
      ["[123456789012345678.90, -0.05]", "[123456789012345678.90,-0.05]"],
    ],
  },
  {
    name: "array",
    type: "INTEGER[3]",
    values: [["[1, NULL, 3]", "[1,null,3]"]],
  },
  {
    name: "struct",
    type: 'STRUCT(a BIGINT, "b c" VARCHAR, d TIMESTAMP[])',
    values: [
      [
        "{'a': 9223372036854775807, 'b c': 'x\"y', 'd': [TIMESTAMP '2024-01-01 00:00:00.5', NULL]}",
        '{"a":9223372036854775807,"b c":"x\\"y","d":["2024-01-01T00:00:00.500000{naive}",null]}',
      ],
      ["{'a': NULL, 'b c': NULL, 'd': NULL}", '{"a":null,"b c":null,"d":null}'],
    ],
  },
  {
    name: "map",
    type: "MAP(VARCHAR, INTEGER)",
    values: [
      ["MAP {}", "{}"],
      ["MAP {'b': 1, 'a\"': NULL}", '{"b":1,"a\\"":null}'],
    ],
  },
  {
    name: "map_of_integers",
    type: "MAP(INTEGER, VARCHAR[])",
    values: [
      [
        "MAP {2: ['x'], 1: NULL}",
        '[{"key":2,"value":["x"]},{"key":1,"value":null}]',
      ],
    ],
  },
  {
    name: "choice",
    type: "UNION(number INTEGER, text VARCHAR)",
    values: [
      ["union_value(number := 5)", '{"number":5}'],
      ["union_value(text := 'five')", '{"text":"five"}'],
    ],
    // Arrow's unions have no NULL of their own: it becomes one of the first member.
    missing: { json: '{"number":null}', text: "NULL" },
  },
];

/** A column whose values are the same in SQL and in JSON. */
function numbers(
  name: string,
  type: string,
  values: readonly string[],
): ColumnFact {
  return {
    name,
    type,
    // In quotes, since a minus sign is an operator and the number behind it may not fit.
    values: values.map((value) => [`'${value}'`, value]),
  };
}

/** A type that Arrow lacks and that travels, and is loaded, as text. */
function text(
  name: string,
  type: string,
  values: readonly string[],
): ColumnFact {
  return {
    name,
    type,
    loadedType: "VARCHAR",
    values: values.map((value) => [`'${value}'`, JSON.stringify(value)]),
  };
}
