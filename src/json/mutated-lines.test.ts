import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import { valuesOfBatch, type Value } from "../arrow/plain-values.js";
import {
  bool,
  field,
  float64,
  int32,
  int64,
  utf8,
  type DataType,
  type Field,
  type Schema,
} from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { RowParser } from "./row-parser.js";

const struct: DataType = {
  type: "struct",
  fields: [field("x", int32), field("y", utf8)],
};
const schema: Schema = {
  fields: [
    field("i", int32),
    field("l", int64),
    field("f", float64),
    field("b", bool),
    field("s", utf8),
    field("t", { type: "timestamp", unit: "ms" }),
    field("d", { type: "decimal", bits: 64, precision: 12, scale: 3 }),
    field("a", {
      type: "list",
      addressing: "offset32",
      item: field("item", int32),
    }),
    field("o", struct),
  ],
};

/** What JSON.parse makes of a value, as the column should hold it; undefined when that cannot be told. */
function expected({ type }: Field, json: unknown): Value | undefined {
  if (json === null || json === undefined) return null;
  switch (type.type) {
    case "int": {
      const number = Number(json);
      return Number.isSafeInteger(number) ? BigInt(number) : undefined;
    }
    case "float":
      return Number(json);
    case "bool":
      return json as boolean;
    case "utf8":
      // Other values are kept as they stand, which JSON.parse does not tell.
      return typeof json === "string" ? json : undefined;
    case "timestamp": {
      const ms = Date.parse(withZone(json as string));
      return Number.isNaN(ms) ? undefined : BigInt(ms);
    }
    case "decimal":
      return BigInt(Math.round(Number(json) * 1000));
    case "list":
      return allOf(
        (json as readonly unknown[]).map((item) => expected(type.item, item)),
      );
    case "struct": {
      const members = new Map(Object.entries(json));
      return allOf(
        type.fields.map((child) => expected(child, members.get(child.name))),
      );
    }
    default:
      throw new Error(`no column is a ${type.type}`);
  }
}

function allOf(values: readonly (Value | undefined)[]): Value | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}

/** Date.parse takes text without a zone as local time. */
function withZone(text: string): string {
  const iso = text.replace(" ", "T").toUpperCase();
  return /T.*(Z|[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes("T")
    ? iso
    : `${iso}Z`;
}

const line = fc
  .record({
    i: fc.option(fc.integer({ min: -99_999, max: 99_999 })),
    l: fc.maxSafeInteger(),
    f: fc.double({ noNaN: true, noDefaultInfinity: true }),
    b: fc.boolean(),
    s: fc.string({ unit: "grapheme", maxLength: 12 }),
    t: fc
      .date({
        min: new Date(0),
        max: new Date("2100-01-01"),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString()),
    d: fc.integer().map((thousandths) => thousandths / 1000),
    a: fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 3 }),
    o: fc.record({ x: fc.integer({ min: 0, max: 99 }), y: fc.string() }),
  })
  .map((row) => Buffer.from(JSON.stringify(row)));

/** A byte that means something in JSON or UTF-8, or any other. */
const byte = fc.oneof(
  fc.constantFrom(
    ...Buffer.from('{}[]:,"\\/ \n\t-+.eEuntrfs0123456789TZ'),
    0,
    0x1f,
    0x7f,
    0x80,
    0xc3,
    0xe2,
    0xed,
    0xf0,
    0xff,
  ),
  fc.nat(255),
);

/** Replaces, removes, inserts or doubles bytes. */
interface Mutation {
  readonly place: number;
  readonly removed: number;
  readonly inserted: readonly number[];
  readonly doubled: number;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(400),
  removed: fc.nat(2),
  inserted: fc.array(byte, { maxLength: 2 }),
  doubled: fc.nat(3),
});

function mutated(
  bytes: Buffer,
  { place, removed, inserted, doubled }: Mutation,
): Buffer {
  const at = place % bytes.length;
  return Buffer.concat([
    bytes.subarray(0, at + doubled),
    Buffer.from(inserted),
    bytes.subarray(at + removed),
  ]);
}

/** The object that the bytes are, or undefined. */
function reference(bytes: Buffer): ReadonlyMap<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(
      new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
    );
  } catch {
    return undefined;
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

test("a line with changed bytes is read as JSON.parse reads it, or refused", () => {
  const parser = new RowParser(schema);
  fc.assert(
    fc.property(
      line,
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (original, mutations) => {
        const bytes = mutations.reduce(mutated, original);
        const members = reference(bytes);
        let end: number;
        try {
          end = parser.parse(bytes, 0, bytes.length);
        } catch (reason) {
          assert.ok(reason instanceof Failure, String(reason));
          assert.equal(parser.rows, 0);
          // What is no JSON for us is none for JSON.parse.
          if (reason.code !== "invalid_input")
            assert.equal(reason.code, "invalid_data");
          else if (isUtf8(bytes)) assert.equal(members, undefined);
          return;
        }
        const batch = parser.take();
        assert.ok(batch);
        // Something may stand behind the object, which is the caller's to judge.
        const whole = members ?? reference(bytes.subarray(0, end));
        assert.ok(whole);
        valuesOfBatch(batch).forEach(([value], index) => {
          const column = schema.fields[index] as Field;
          const should = expected(column, whole.get(column.name));
          if (should !== undefined)
            assert.deepEqual(value, should, column.name);
        });
      },
    ),
    { numRuns: 8000 },
  );
});
