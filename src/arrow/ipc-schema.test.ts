import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  Dictionary,
  Field as ArrowField,
  Int8,
  Message,
  Schema as ArrowSchema,
  Utf8,
} from "apache-arrow";
import fc from "fast-check";
import { Failure } from "../failure.js";
import { arbitraryWireSchema } from "./arbitrary.js";
import { decodeSchema, encapsulate, encodeSchema } from "./ipc-schema.js";
import { type DataType, type Schema, field, int32, utf8 } from "./schema.js";

function isFailure(code: string): (reason: unknown) => boolean {
  return (reason) => reason instanceof Failure && reason.code === code;
}

describe("schema messages", () => {
  test("any schema → bytes → the same schema, bare and with both prefixes", () => {
    fc.assert(
      fc.property(arbitraryWireSchema, (schema) => {
        const bare = encodeSchema(schema);
        const prefixed = encapsulate(bare);
        assert.equal(prefixed.length % 8, 0);
        assert.deepEqual(decodeSchema(bare), schema);
        assert.deepEqual(decodeSchema(prefixed), schema);
        assert.deepEqual(decodeSchema(prefixed.subarray(4)), schema);
      }),
      { numRuns: 500 },
    );
  });

  test("bytes behind a prefixed message are left alone", () => {
    const schema: Schema = { fields: [field("a", int32)] };
    const prefixed = encapsulate(encodeSchema(schema));
    for (const behind of [4, 8, 24]) {
      const bytes = new Uint8Array(prefixed.length + behind);
      bytes.set(prefixed);
      assert.deepEqual(decodeSchema(bytes), schema);
      assert.deepEqual(decodeSchema(bytes.subarray(4)), schema);
    }
  });

  test("a schema may start at any byte of its buffer", () => {
    const schema: Schema = { fields: [field("a", utf8)] };
    const bare = encodeSchema(schema);
    const bytes = new Uint8Array(bare.length + 3);
    bytes.set(bare, 3);
    assert.deepEqual(decodeSchema(bytes.subarray(3)), schema);
  });

  test("apache-arrow reads what is written here", () => {
    const schema: Schema = {
      fields: [
        {
          ...field("ä", { type: "timestamp", unit: "us", timezone: "UTC" }),
          metadata: new Map([["k", "v"]]),
        },
        field(
          "list",
          {
            type: "list",
            addressing: "offset32",
            item: field("x", {
              type: "decimal",
              bits: 128,
              precision: 38,
              scale: 9,
            }),
          },
          false,
        ),
      ],
      metadata: new Map([["of", "schema"]]),
    };
    const message = Message.decode(encodeSchema(schema));
    const header: unknown = message.header();
    assert.ok(header instanceof ArrowSchema);
    assert.deepEqual(
      header.fields.map((each: ArrowField) => [
        each.name,
        String(each.type),
        each.nullable,
        [...each.metadata],
      ]),
      [
        ["ä", "Timestamp<MICROSECOND, UTC>", true, [["k", "v"]]],
        ["list", "List<Decimal[38e+9]>", false, []],
      ],
    );
    assert.deepEqual([...header.metadata], [["of", "schema"]]);
    // MetadataVersion.V5
    assert.equal(message.version, 4);
  });

  test("reads what apache-arrow writes, with its default index type", () => {
    const dictionary = new Dictionary(new Utf8(), new Int8(), 5, true);
    const schema = new ArrowSchema([new ArrowField("d", dictionary, true)]);
    const message = Message.from(schema, 0);
    assert.deepEqual(decodeSchema(Message.encode(message)), {
      fields: [
        field("d", {
          type: "dictionary",
          id: 5n,
          index: { type: "int", bits: 8, signed: true },
          value: utf8,
          ordered: true,
        }),
      ],
    });
  });
});

describe("schemas that are refused", () => {
  test("a dictionary of a dictionary cannot be said", () => {
    const index = { type: "int", bits: 8, signed: true } as const;
    const inner: DataType = {
      type: "dictionary",
      id: 1n,
      index,
      value: utf8,
      ordered: false,
    };
    const schema = { fields: [field("d", { ...inner, value: inner })] };
    assert.throws(() => encodeSchema(schema), isFailure("unsupported"));
  });

  test("big-endian data", () => {
    const bytes = encodeSchema({ fields: [field("a", int32)] });
    const broken = withInt16(bytes, rootTable(bytes, 2), 0, 1);
    assert.throws(() => decodeSchema(broken), isFailure("unsupported"));
  });

  test("metadata version V3", () => {
    const bytes = encodeSchema({ fields: [field("a", int32)] });
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const root = view.getUint32(0, true);
    const broken = withInt16(bytes, root, 0, 2);
    assert.throws(() => decodeSchema(broken), isFailure("unsupported"));
  });

  test("types nested beyond any sense", () => {
    let type: DataType = int32;
    for (let i = 0; i < 200; i++) {
      type = {
        type: "list",
        addressing: "offset32",
        item: field("item", type),
      };
    }
    const bytes = encodeSchema({ fields: [field("deep", type)] });
    assert.throws(() => decodeSchema(bytes), isFailure("invalid_data"));
  });

  test("no bytes, zeros, and every cut", () => {
    const bytes = encodeSchema({ fields: [field("name", utf8)] });
    assert.throws(
      () => decodeSchema(new Uint8Array(0)),
      isFailure("invalid_data"),
    );
    assert.throws(
      () => decodeSchema(new Uint8Array(64)),
      isFailure("invalid_data"),
    );
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(
        () => decodeSchema(bytes.subarray(0, end)),
        isFailure("invalid_data"),
        `cut at ${String(end)}`,
      );
    }
  });
});

/** Position of the table that a slot of the root table holds. */
function rootTable(bytes: Uint8Array, slot: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = slotAt(view, view.getUint32(0, true), slot);
  return at + view.getUint32(at, true);
}

function slotAt(view: DataView, table: number, slot: number): number {
  const vtable = table - view.getInt32(table, true);
  return table + view.getUint16(vtable + 4 + 2 * slot, true);
}

/** A copy of the bytes with another value in a slot of a table. */
function withInt16(
  bytes: Uint8Array,
  table: number,
  slot: number,
  value: number,
): Uint8Array {
  const copy = new Uint8Array(bytes);
  const view = new DataView(copy.buffer);
  view.setInt16(slotAt(view, table, slot), value, true);
  return copy;
}
