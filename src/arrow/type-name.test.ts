import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../failure.js";
import { arbitraryType } from "./arbitrary.js";
import type { DataType } from "./schema.js";
import { parseTypeName, typeName } from "./type-name.js";

/** As pyarrow 26.0.1 prints them with str(type). */
const asArrowPrints = [
  "null",
  "bool",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "halffloat",
  "float",
  "double",
  "decimal32(9, 2)",
  "decimal64(18, 0)",
  "decimal128(38, 9)",
  "decimal256(76, -3)",
  "string",
  "large_string",
  "string_view",
  "binary",
  "large_binary",
  "binary_view",
  "fixed_size_binary[16]",
  "date32[day]",
  "date64[ms]",
  "time32[s]",
  "time32[ms]",
  "time64[us]",
  "time64[ns]",
  "timestamp[s]",
  "timestamp[us, tz=UTC]",
  "timestamp[ns, tz=+05:30]",
  "timestamp[ms, tz=America/New_York]",
  "duration[ns]",
  "month_interval",
  "day_time_interval",
  "month_day_nano_interval",
  "list<item: int32 not null>",
  "large_list<item: int8>",
  "list_view<item: int64>",
  "large_list_view<item: string>",
  "fixed_size_list<item: int32>[2]",
  "struct<a: int32, b: string not null>",
  "struct<>",
  "map<string, int32>",
  "map<string, list<item: double>, keys_sorted>",
  "dense_union<i: int64=5, s: string=7>",
  "sparse_union<i: int64=5, s: string not null=7>",
];

/** Without metadata of child fields, which a name does not hold. */
function withoutMetadata(type: DataType): unknown {
  return JSON.parse(
    JSON.stringify(type, (key, value: unknown) =>
      key === "metadata" ? undefined : value,
    ),
  );
}

describe("type names", () => {
  for (const name of asArrowPrints) {
    test(`${name} is read and written`, () => {
      assert.equal(typeName(parseTypeName(name)), name);
    });
  }

  test("any type → name → the same type", () => {
    fc.assert(
      fc.property(arbitraryType, (type) => {
        const name = typeName(type);
        assert.ok(!/[\n\r]/.test(name));
        assert.deepEqual(
          withoutMetadata(parseTypeName(name)),
          withoutMetadata(type),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test("names that could end a field are quoted", () => {
    const name = `struct<"a: int32, b>": string, "": map<string ("k"), int8 not null ("v") ("e")>>`;
    assert.equal(typeName(parseTypeName(name)), name);
    const type = parseTypeName(name);
    assert.equal(
      type.type === "struct" && type.fields[0]?.name,
      "a: int32, b>",
    );
  });

  test("dictionaries and runs have a name, but are no types of values", () => {
    const utf8 = parseTypeName("string");
    const dictionary = typeName({
      type: "dictionary",
      id: 0n,
      index: { type: "int", bits: 32, signed: true },
      value: utf8,
      ordered: false,
    });
    assert.equal(
      dictionary,
      "dictionary<values=string, indices=int32, ordered=0>",
    );
    assert.throws(() => parseTypeName(dictionary), Failure);
  });

  for (const text of [
    "",
    "int",
    "int32 not null",
    "varchar",
    "decimal128(39, 0)",
    "decimal128(10)",
    "time32[us]",
    "timestamp[us, UTC]",
    "list<int32>",
    "struct<a: int32",
    "struct<a: int32,>",
    "dense_union<a: int32=1, b: int32=1>",
    "dense_union<a: int32=200>",
    "fixed_size_binary[-1]",
    'struct<"\\x": int32>',
    "list<item: ".repeat(200),
    "toString",
  ]) {
    test(`${JSON.stringify(text.slice(0, 40))} is refused`, () => {
      assert.throws(
        () => parseTypeName(text),
        (reason) =>
          reason instanceof Failure && reason.code === "invalid_input",
      );
    });
  }
});
