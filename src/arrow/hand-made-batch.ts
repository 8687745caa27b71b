/*
 * Test support, imported by tests only: batch messages put together by hand, so that they may lie.
 */
import assert from "node:assert/strict";
import { Failure, type FailureCode } from "../failure.js";
import type { EncodedBatch } from "./encode-batch.js";
import {
  FlatBuilder,
  flatBool,
  flatInt64,
  flatRef,
  flatUint8,
} from "./flatbuffer-builder.js";
import { MessageReader } from "./ipc.js";
import { decodeMessage, finishMessage } from "./ipc-message.js";
import { encodeSchema } from "./ipc-schema.js";
import { type Value, valuesOfBatch } from "./plain-values.js";
import { type DataType, type Schema, field } from "./schema.js";
import { parseTypeName } from "./type-name.js";

const nothing = new Uint8Array(0);

/** The body in one piece, starting `shift` bytes behind a multiple of 8. */
export function joined(
  { body, bodyLength }: EncodedBatch,
  shift = 0,
): Uint8Array {
  const bytes = new Uint8Array(bodyLength + shift);
  let at = shift;
  for (const part of body) {
    bytes.set(part, at);
    at += part.length;
  }
  assert.equal(at, bodyLength + shift);
  return bytes.subarray(shift);
}

export function readerOf(
  schema: Schema,
  expandedBytesMax?: number,
): MessageReader {
  const reader = new MessageReader(
    expandedBytesMax === undefined ? {} : { expandedBytesMax },
  );
  assert.equal(reader.read(encodeSchema(schema), nothing), undefined);
  return reader;
}

export function fails(code: FailureCode, work: () => unknown): void {
  assert.throws(
    work,
    (reason) => reason instanceof Failure && reason.code === code,
  );
}

/** A message of an IPC stream. */
export interface Message {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** Messages of an IPC stream that is well-formed. */
export function messagesOf(stream: Uint8Array): readonly Message[] {
  const messages: Message[] = [];
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  let at = 0;
  while (at + 8 <= stream.length) {
    const isMarked = view.getUint32(at, true) === 0xffff_ffff;
    at += isMarked ? 8 : 4;
    const length = view.getUint32(at - 4, true);
    if (length === 0) break;
    const header = stream.slice(at, at + length);
    at += length;
    const { bodyLength } = decodeMessage(header);
    messages.push({ header, body: stream.slice(at, at + bodyLength) });
    at += bodyLength;
  }
  return messages;
}

/** A batch message that may lie. */
export interface Lie {
  readonly length?: number;
  /** Length and null count of each vector. */
  readonly nodes: readonly number[];
  readonly buffers: readonly Uint8Array[];
  readonly variadic?: readonly number[];
  /** Position and length of each buffer, when not the true ones. */
  readonly places?: readonly number[];
  readonly announced?: number;
  /** `CompressionType` and `BodyCompressionMethod` of Message.fbs. */
  readonly compression?: readonly [type: number, method: number];
  readonly dictionary?: { readonly id: bigint; readonly isDelta?: boolean };
}

export function send(
  reader: MessageReader,
  lie: Lie,
): readonly Value[][] | undefined {
  const places: number[] = [];
  let bodyLength = 0;
  for (const buffer of lie.buffers) {
    places.push(bodyLength, buffer.length);
    bodyLength += (buffer.length + 7) & ~7;
  }
  const body = new Uint8Array(bodyLength);
  lie.buffers.forEach((buffer, i) => {
    body.set(buffer, places[2 * i]);
  });
  const builder = new FlatBuilder();
  const nodes = builder.int64s([...lie.nodes], 2);
  const buffers = builder.int64s([...(lie.places ?? places)], 2);
  const variadic = builder.int64s([...(lie.variadic ?? [])], 1);
  const table = builder.table([
    flatInt64(lie.length ?? lie.nodes[0] ?? 0),
    flatRef(nodes),
    flatRef(buffers),
    lie.compression &&
      flatRef(builder.table(lie.compression.map((value) => flatUint8(value)))),
    flatRef(variadic),
  ]);
  const { dictionary } = lie;
  const header =
    dictionary === undefined
      ? finishMessage(builder, "batch", table, lie.announced ?? bodyLength)
      : finishMessage(
          builder,
          "dictionary",
          builder.table([
            flatInt64(dictionary.id),
            flatRef(table),
            flatBool(dictionary.isDelta ?? false),
          ]),
          bodyLength,
        );
  const batch = reader.read(header, body);
  return batch && valuesOfBatch(batch).map((values) => [...values]);
}

export const i32 = (...values: number[]): Uint8Array =>
  new Uint8Array(Int32Array.from(values).buffer);
export const i64 = (...values: bigint[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values).buffer);
export const u8 = (...values: number[]): Uint8Array => Uint8Array.from(values);

export function one(type: DataType | string): Schema {
  const parsed = typeof type === "string" ? parseTypeName(type) : type;
  return { fields: [field("c", parsed)] };
}

export function dictionaryOf(value: string, id = 1n): DataType {
  return {
    type: "dictionary",
    id,
    index: { type: "int", bits: 8, signed: true },
    value: parseTypeName(value),
    ordered: false,
  };
}
