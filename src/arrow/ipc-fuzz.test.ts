import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Failure } from "../failure.js";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { type Message, messagesOf } from "./hand-made-batch.js";
import { decodeStream, encodeStream } from "./ipc-stream.js";
import { MessageReader } from "./ipc.js";
import * as pyarrow from "./pyarrow-streams.js";
import type { Vector } from "./vector.js";

const expandedBytesMax = 2 ** 20;

const streams = [
  pyarrow.layoutsStream,
  pyarrow.slicesStream,
  pyarrow.deltasStream,
  pyarrow.replacementsStream,
  pyarrow.nestedStream,
  ...fc.sample(
    arbitrarySchema.chain((schema) =>
      arbitraryBatch(schema).map((batch) => encodeStream(schema, [batch])),
    ),
    { numRuns: 60, seed: 7 },
  ),
].map(messagesOf);

/** Numbers that flip a sign, a bound or an offset. */
const evil = fc.constantFrom(0, 1, 3, 4, 0x7f, 0x80, 0xfe, 0xff);

const mutation = fc.record({
  /** Which message. */
  message: fc.nat(),
  inBody: fc.boolean(),
  at: fc.nat(),
  bytes: fc.oneof(
    fc.array(evil, { minLength: 1, maxLength: 8 }),
    fc.array(fc.nat(255), { minLength: 1, maxLength: 4 }),
  ),
});

/** Fails unless everything that a writer relies on is true. */
function checkVector(vector: Vector): void {
  const { length, validity } = vector;
  const bytes = Math.ceil(length / 8);
  assert.ok(validity === undefined || validity.length === bytes);
  switch (vector.layout) {
    case "null":
      return;
    case "bool":
      assert.equal(vector.bits.length, bytes);
      return;
    case "fixed":
      assert.equal(vector.data.length, length * vector.width);
      return;
    case "bytes":
      checkOffsets(vector.offsets, length, vector.data.length);
      return;
    case "list":
      checkOffsets(vector.offsets, length, vector.child.length);
      checkVector(vector.child);
      return;
    case "struct":
      for (const child of vector.children) {
        assert.equal(child.length, length);
        checkVector(child);
      }
      return;
    case "union": {
      const { type, typeIds, offsets, children } = vector;
      assert.ok(type.type === "union");
      assert.equal(typeIds.length, length);
      assert.equal(offsets.length, length);
      for (let i = 0; i < length; i++) {
        const child = children[type.typeIds.indexOf(typeIds[i] as number)];
        const offset = offsets[i] as number;
        assert.ok(child !== undefined && offset >= 0 && offset < child.length);
      }
      children.forEach(checkVector);
    }
  }
}

function checkOffsets(offsets: Int32Array, length: number, end: number): void {
  assert.equal(offsets.length, length + 1);
  let before = 0;
  for (const offset of offsets) {
    assert.ok(offset >= before);
    before = offset;
  }
  assert.ok(before <= end);
}

/** Reads all messages; a Failure is an answer, anything else is thrown. */
function outcome(work: () => void): string {
  try {
    work();
    return "read";
  } catch (reason) {
    if (reason instanceof Failure) return reason.code;
    throw reason;
  }
}

function readAll(messages: readonly Message[]): void {
  const reader = new MessageReader({ expandedBytesMax });
  for (const { header, body } of messages) {
    const batch = reader.read(header, body);
    if (batch === undefined) continue;
    for (const vector of batch.vectors) {
      assert.equal(vector.length, batch.length);
      checkVector(vector);
    }
  }
}

test("what is sent in order is read", () => {
  for (const messages of streams) readAll(messages);
});

test("a message with any bytes changed is read or refused", () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.nat(streams.length - 1),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (which, mutations) => {
        const messages = (streams[which] ?? []).map(({ header, body }) => ({
          header: header.slice(),
          body: body.slice(),
        }));
        for (const { message, inBody, at, bytes } of mutations) {
          const target = messages[message % messages.length];
          const part = inBody ? target?.body : target?.header;
          if (part === undefined || part.length < bytes.length) continue;
          part.set(bytes, at % (part.length - bytes.length + 1));
        }
        const result = outcome(() => {
          readAll(messages);
        });
        outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
      },
    ),
    { numRuns: 10_000 },
  );
  // Mutations that are never noticed, or always, would test nothing.
  assert.ok((outcomes.get("read") ?? 0) > 500, JSON.stringify([...outcomes]));
  assert.ok((outcomes.get("invalid_data") ?? 0) > 500);
});

test("a stream cut anywhere is read up to there or refused", () => {
  for (const stream of [pyarrow.layoutsStream, pyarrow.deltasStream]) {
    for (let end = 0; end < stream.length; end += 3) {
      outcome(() => {
        for (const batch of decodeStream(stream.subarray(0, end)).batches) {
          batch.vectors.forEach(checkVector);
        }
      });
    }
  }
});
