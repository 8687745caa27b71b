import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryType, arbitraryWireType } from "./arbitrary.js";
import { canonicalSchema, canonicalType, childFields } from "./canonical.js";
import { kindOf } from "./kind.js";
import { type DataType, field, int32, utf8 } from "./schema.js";

const wireOnly = new Set(["dictionary", "run_end_encoded"]);

function isCanonical(type: DataType): boolean {
  if (wireOnly.has(type.type)) return false;
  if ("addressing" in type && type.addressing !== "offset32") return false;
  return childFields(type).every((child) => isCanonical(child.type));
}

const runs: DataType = {
  type: "run_end_encoded",
  runEnds: field("run_ends", int32, false),
  values: field("values", { type: "utf8", addressing: "view" }),
};

describe("canonical types", () => {
  test("a canonical type is its own", () => {
    fc.assert(
      fc.property(arbitraryType, (type) => {
        assert.equal(canonicalType(type), type);
      }),
    );
  });

  test("every type becomes canonical, once, and keeps its kind", () => {
    fc.assert(
      fc.property(arbitraryWireType, (type) => {
        const canonical = canonicalType(type);
        assert.ok(isCanonical(canonical));
        assert.equal(canonicalType(canonical), canonical);
        assert.equal(canonicalType(type), canonical);
        assert.equal(kindOf(canonical), kindOf(type));
      }),
    );
  });

  test("runs may be null when their values may, and keep their field's name", () => {
    const metadata = new Map([["k", "v"]]);
    const schema = {
      fields: [{ ...field("a", runs, false), metadata }],
      metadata,
    };
    assert.deepEqual(canonicalSchema(schema), {
      fields: [{ ...field("a", utf8, true), metadata }],
      metadata,
    });
  });

  test("a fixed-size list keeps its size, whatever its items are", () => {
    const type: DataType = {
      type: "fixed_size_list",
      size: 3,
      item: field("item", runs),
    };
    assert.deepEqual(canonicalType(type), {
      ...type,
      item: field("item", utf8),
    });
  });
});
