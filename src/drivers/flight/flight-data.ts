import { scalars } from "./protobuf-scalars.js";
import {
  varintSize,
  WireReader,
  wireTypes,
  writeVarint,
} from "./protobuf-wire.js";
import { FlightDescriptor } from "./messages.js";

/** Field numbers of FlightData and PutResult (proto/Flight.proto). */
const numbers = {
  descriptor: 1,
  header: 2,
  appMetadata: 3,
  body: 1000,
} as const;
const putResultAppMetadata = 1;

/** A FlightData as it came: one IPC message. The body is a view of the gRPC message. */
export interface FlightData {
  /** Encoded FlightDescriptor; only in the first message of a DoPut. */
  readonly descriptor: Uint8Array | undefined;
  /** The IPC message's flatbuffer; empty when the message carries metadata only. */
  readonly header: Uint8Array;
  readonly appMetadata: Uint8Array;
  /** The IPC message's buffers. Rarely aligned: it starts where the fields before it end. */
  readonly body: Uint8Array;
}

/** A FlightData to be sent. */
export interface FlightDataParts {
  readonly descriptor?: FlightDescriptor | undefined;
  readonly header?: Uint8Array | undefined;
  readonly appMetadata?: Uint8Array | undefined;
  /** Pieces of the body in order, padding included, joined as they are written. */
  readonly body?: readonly Uint8Array[] | undefined;
}

const empty = new Uint8Array(0);

/** @throws Failure(invalid_data) */
export function decodeFlightData(bytes: Uint8Array): FlightData {
  let descriptor: Uint8Array | undefined;
  let header: Uint8Array = empty;
  let appMetadata: Uint8Array = empty;
  let body: Uint8Array = empty;
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (wireType !== wireTypes.bytes) reader.skip(wireType);
    else if (number === numbers.body) body = reader.bytes();
    else if (number === numbers.header) header = reader.bytes();
    else if (number === numbers.appMetadata) appMetadata = reader.bytes();
    else if (number === numbers.descriptor) descriptor = reader.bytes();
    else reader.skip(wireType);
  }
  return { descriptor, header, appMetadata, body };
}

/**
 * As `decodeFlightData`, for bytes that nobody else holds, as gRPC delivers them: the body is moved within
 * them to a multiple of 8, where it can be read in place. Copying it would double the memory that a stream
 * goes through, and the garbage collector runs by that.
 * @throws Failure(invalid_data)
 */
export function takeFlightData(bytes: Uint8Array): FlightData {
  const data = decodeFlightData(bytes);
  const from = data.body.byteOffset - bytes.byteOffset;
  const excess = data.body.byteOffset % 8;
  // Only a message almost without a header has no room before its body.
  if (excess === 0 || excess > from) return data;
  const { length } = data.body;
  // The body overwrites the last bytes of what lies before it.
  const taken = {
    descriptor: data.descriptor && new Uint8Array(data.descriptor),
    header: new Uint8Array(data.header),
    appMetadata: new Uint8Array(data.appMetadata),
  };
  const to = from - excess;
  bytes.copyWithin(to, from, from + length);
  return { ...taken, body: bytes.subarray(to, to + length) };
}

/** Writes all parts into one buffer that is allocated once. */
export function encodeFlightData(parts: FlightDataParts): Buffer {
  const descriptor =
    parts.descriptor === undefined
      ? undefined
      : FlightDescriptor.encode(parts.descriptor);
  const body = parts.body ?? [];
  const bodySize = body.reduce((sum, piece) => sum + piece.byteLength, 0);
  const size =
    (descriptor === undefined
      ? 0
      : fieldSize(numbers.descriptor, descriptor.byteLength)) +
    plainSize(numbers.header, parts.header?.byteLength ?? 0) +
    plainSize(numbers.appMetadata, parts.appMetadata?.byteLength ?? 0) +
    plainSize(numbers.body, bodySize);
  const target = Buffer.allocUnsafe(size);
  let at = 0;
  if (descriptor !== undefined)
    at = writePart(target, at, numbers.descriptor, [descriptor]);
  if (parts.header !== undefined)
    at = writePlain(target, at, numbers.header, [parts.header]);
  if (parts.appMetadata !== undefined)
    at = writePlain(target, at, numbers.appMetadata, [parts.appMetadata]);
  writePlain(target, at, numbers.body, body);
  return target;
}

/** A PutResult's application metadata, a view of the input. @throws Failure(invalid_data) */
export function decodePutResult(bytes: Uint8Array): {
  readonly appMetadata: Uint8Array;
} {
  let appMetadata: Uint8Array = empty;
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (number === putResultAppMetadata && wireType === wireTypes.bytes)
      appMetadata = scalars.bytes.read(reader);
    else reader.skip(wireType);
  }
  return { appMetadata };
}

/** A PutResult with its application metadata. */
export function encodePutResult({
  appMetadata,
}: {
  readonly appMetadata: Uint8Array;
}): Buffer {
  const target = Buffer.allocUnsafe(
    plainSize(putResultAppMetadata, appMetadata.byteLength),
  );
  writePlain(target, 0, putResultAppMetadata, [appMetadata]);
  return target;
}

function fieldSize(number: number, length: number): number {
  return varintSize(number * 8) + varintSize(length) + length;
}

/** proto3 leaves empty bytes out. */
function plainSize(number: number, length: number): number {
  return length === 0 ? 0 : fieldSize(number, length);
}

function writePlain(
  target: Buffer,
  position: number,
  number: number,
  pieces: readonly Uint8Array[],
): number {
  const isEmpty = pieces.every((piece) => piece.byteLength === 0);
  return isEmpty ? position : writePart(target, position, number, pieces);
}

function writePart(
  target: Buffer,
  position: number,
  number: number,
  pieces: readonly Uint8Array[],
): number {
  const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  let at = writeVarint(target, position, number * 8 + wireTypes.bytes);
  at = writeVarint(target, at, length);
  for (const piece of pieces) {
    target.set(piece, at);
    at += piece.byteLength;
  }
  return at;
}
