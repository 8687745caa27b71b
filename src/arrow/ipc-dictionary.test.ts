import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeBatch } from "./encode-batch.js";
import {
  type Lie,
  dictionaryOf,
  fails,
  i32,
  joined,
  one,
  readerOf,
  send,
  u8,
} from "./hand-made-batch.js";
import { batchOfValues, valuesOfBatch } from "./plain-values.js";
import { field } from "./schema.js";

describe("dictionaries", () => {
  const words = (...texts: string[]): Lie => {
    const ends = texts.map((_, i) => texts.slice(0, i + 1).join("").length);
    return {
      nodes: [texts.length, 0],
      buffers: [
        u8(),
        i32(0, ...ends),
        new TextEncoder().encode(texts.join("")),
      ],
      dictionary: { id: 1n },
    };
  };
  const indices = (...values: number[]): Lie => ({
    nodes: [values.length, 0],
    buffers: [u8(), u8(...values)],
  });

  test("a delta adds, anything else replaces, and batches keep theirs", () => {
    const reader = readerOf(one(dictionaryOf("string")));
    send(reader, words("a", "b"));
    const { header, body } = indexMessage(1);
    const early = reader.read(header, body);
    assert.ok(early);
    send(reader, { ...words("c"), dictionary: { id: 1n, isDelta: true } });
    assert.deepEqual(send(reader, indices(2, 0)), [["c", "a"]]);
    send(reader, words("x", "y"));
    assert.deepEqual(send(reader, indices(1)), [["y"]]);
    fails("invalid_data", () => send(reader, indices(2)));
    fails("invalid_data", () => send(reader, indices(255)));
    // Its vectors are made only now.
    assert.deepEqual(valuesOfBatch(early), [["b"]]);
  });

  test("dictionaries cannot grow for ever", () => {
    const reader = readerOf(one(dictionaryOf("string")), 2 ** 16);
    const more = words("x".repeat(1000));
    const delta = { ...more, dictionary: { id: 1n, isDelta: true } };
    for (let i = 0; i < 60; i++) send(reader, delta);
    assert.deepEqual(send(reader, indices(59))?.[0]?.[0], "x".repeat(1000));
    fails("exhausted", () => {
      for (let i = 0; i < 10; i++) send(reader, delta);
    });
  });

  test("an index behind a NULL may be anything", () => {
    const reader = readerOf(one(dictionaryOf("string")));
    send(reader, words("a"));
    const lie = { nodes: [2, 1], buffers: [u8(1), u8(0, 99)] };
    assert.deepEqual(send(reader, lie), [["a", null]]);
  });

  test("one id for two types is refused", () => {
    const fields = [
      field("a", dictionaryOf("string")),
      field("b", dictionaryOf("int8")),
    ];
    fails("invalid_data", () => readerOf({ fields }));
  });

  test("one id for two fields of a type is shared", () => {
    const fields = [
      field("a", dictionaryOf("string")),
      field("b", dictionaryOf("string")),
    ];
    const reader = readerOf({ fields });
    send(reader, words("a", "b"));
    const lie = {
      nodes: [1, 0, 1, 0],
      buffers: [u8(), u8(0), u8(), u8(1)],
    };
    assert.deepEqual(send(reader, lie), [["a"], ["b"]]);
  });

  test("long words for many rows are refused when they are too much", () => {
    const reader = readerOf(one(dictionaryOf("string")), 2 ** 20);
    send(reader, words("a".repeat(2 ** 19)));
    assert.deepEqual(send(reader, indices(0))?.[0]?.length, 1);
    fails("exhausted", () => send(reader, indices(0, 0, 0)));
  });

  test("a NULL in a dictionary of unions is one of the first type", () => {
    const type = "dense_union<a: int8=3, b: int8=5>";
    const reader = readerOf(one(dictionaryOf(type)));
    send(reader, {
      nodes: [1, 0, 0, 0, 1, 0],
      buffers: [u8(5), i32(0), u8(), u8(), u8(), u8(7)],
      dictionary: { id: 1n },
    });
    assert.deepEqual(
      send(reader, { nodes: [2, 1], buffers: [u8(1), u8(0, 0)] }),
      [
        [
          { typeId: 5, value: 7n },
          { typeId: 3, value: null },
        ],
      ],
    );
  });

  function indexMessage(index: number): {
    readonly header: Uint8Array;
    readonly body: Uint8Array;
  } {
    const encoded = encodeBatch(batchOfValues(one("int8"), [[BigInt(index)]]));
    return { header: encoded.header, body: joined(encoded) };
  }
});
