import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Failure } from "../failure.js";
import { arbitraryBatch, arbitrarySchema } from "./arbitrary.js";
import { loadCompression } from "./compression.js";
import { type Message, messagesOf } from "./hand-made-batch.js";
import { decodeStream, encodeStream } from "./ipc-stream.js";
import { MessageReader } from "./ipc.js";
import * as pyarrow from "./pyarrow-streams.js";
import type { Vector } from "./vector.js";

const expandedBytesMax = 2 ** 20;

const compressions = [undefined, undefined, "lz4", "zstd"] as const;

await loadCompression("zstd");

const streams = [
  pyarrow.layoutsStream,
  pyarrow.slicesStream,
  pyarrow.deltasStream,
  pyarrow.replacementsStream,
  pyarrow.nestedStream,
  pyarrow.lz4Stream,
  pyarrow.zstdStream,
  ...fc.sample(
    arbitrarySchema.chain((schema) =>
      fc
        .tuple(arbitraryBatch(schema), fc.constantFrom(...compressions))
        .map(([batch, compression]) =>
          encodeStream(schema, [batch], { compression }),
        ),
    ),
    { numRuns: 80, seed: 7 },
  ),
].map(messagesOf);

type Mutate = (messages: readonly Message[], at: number) => readonly Message[];

/** Numbers that flip a sign, a bound or an offset. */
const evilBytes = [0, 1, 3, 4, 0x7f, 0x80, 0xfe, 0xff];
const evilWords = [
  ...[-1n, -2n, 0n, 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n],
  ...[2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)],
];

const mutation: fc.Arbitrary<Mutate> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .oneof(
        fc.array(fc.constantFrom(...evilBytes), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.nat(255), { minLength: 1, maxLength: 4 }),
      )
      .chain((bytes) => fc.boolean().map((inBody) => overwrite(bytes, inBody))),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        word: fc.constantFrom(...evilWords),
        isLong: fc.boolean(),
        inBody: fc.boolean(),
      })
      .map(({ word, isLong, inBody }) => {
        const bytes = new Uint8Array(BigInt64Array.of(word).buffer);
        const width = isLong ? 8 : 4;
        return overwrite([...bytes.subarray(0, width)], inBody, width);
      }),
  },
  fc.boolean().map((isBody) => cut(isBody)),
  fc.constantFrom(repeat, drop, exchange),
);

/** Writes `bytes` into a header or body, at a multiple of `alignment`. */
function overwrite(
  bytes: readonly number[],
  inBody: boolean,
  alignment = 1,
): Mutate {
  return (messages, at) => {
    const target = messages[at % messages.length];
    const part = inBody ? target?.body : target?.header;
    if (part === undefined || part.length < bytes.length) return messages;
    const place = at % (part.length - bytes.length + 1);
    part.set(bytes, place - (place % alignment));
    return messages;
  };
}

function cut(isBody: boolean): Mutate {
  return (messages, at) =>
    messages.map(({ header, body }, i) => {
      if (i !== at % messages.length) return { header, body };
      const part = isBody ? body : header;
      const rest = part.subarray(0, at % (part.length + 1));
      return isBody ? { header, body: rest } : { header: rest, body };
    });
}

function repeat(messages: readonly Message[], at: number): readonly Message[] {
  const message = messages[at % messages.length];
  return message === undefined ? messages : [...messages, message, message];
}

function drop(messages: readonly Message[], at: number): readonly Message[] {
  return messages.filter((_, i) => i !== at % messages.length);
}

/** One message gets the body of the next. */
function exchange(
  messages: readonly Message[],
  at: number,
): readonly Message[] {
  const i = at % messages.length;
  const body = messages[(i + 1) % messages.length]?.body;
  if (body === undefined) return messages;
  return messages.map((message, k) =>
    k === i ? { ...message, body } : message,
  );
}

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

test("messages changed in any way are read or refused, in bounded memory", () => {
  const outcomes = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.nat(streams.length - 1),
      fc.array(fc.tuple(mutation, fc.nat()), { minLength: 1, maxLength: 3 }),
      (which, mutations) => {
        let messages: readonly Message[] = (streams[which] ?? []).map(
          ({ header, body }) => ({
            header: header.slice(),
            body: body.slice(),
          }),
        );
        for (const [mutate, at] of mutations) {
          if (messages.length > 0) messages = mutate(messages, at);
        }
        const result = outcome(() => {
          readAll(messages);
        });
        outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
      },
    ),
    { numRuns: 25_000, seed: Number(process.env["FUZZ_SEED"] ?? 4) },
  );
  // Mutations that are never noticed, or always, would test nothing.
  const found = JSON.stringify([...outcomes]);
  assert.ok((outcomes.get("read") ?? 0) > 2_500, found);
  assert.ok((outcomes.get("invalid_data") ?? 0) > 2_500, found);
  assert.ok((outcomes.get("exhausted") ?? 0) > 10, found);
  assert.ok(process.resourceUsage().maxRSS < 2 ** 20, "1 GiB was used");
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
