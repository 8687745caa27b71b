import { ownMemory } from "../../util/release.js";
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
  /** What all of these lie in, where nothing else does. */
  readonly memory?: ArrayBuffer | undefined;
}

/** A FlightData to be sent. */
export interface FlightDataParts {
  readonly descriptor?: FlightDescriptor | undefined;
  readonly header?: Uint8Array | undefined;
  readonly appMetadata?: Uint8Array | undefined;
  /** Pieces of the body in order, padding included, joined as they are written. */
  readonly body?: readonly Uint8Array[] | undefined;
  /**
   * Told once all of this is copied into the gRPC message that is written next, with that one's memory, where it has
   * any of its own.
   */
  readonly copied?: (message: ArrayBuffer | undefined) => void;
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
  const data = { ...decodeFlightData(bytes), memory: messageMemory(bytes) };
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
  return { ...data, ...taken, body: bytes.subarray(to, to + length) };
}

/** gRPC's own bytes before a message; grpc-js 1.14 joins the pieces of both in a buffer of their own (`StreamDecoder`). */
const frameBytes = 5;

function messageMemory({ buffer, byteOffset, byteLength }: Uint8Array) {
  if (byteOffset !== frameBytes) return undefined;
  return ownMemory(new Uint8Array(buffer, 0, frameBytes + byteLength));
}

/** All parts in one buffer. */
export function encodeFlightData(parts: FlightDataParts): Buffer {
  const message = new FlightDataMessage(parts);
  const target = Buffer.allocUnsafe(message.length);
  message.copy(target, 0);
  return target;
}

/**
 * As `encodeFlightData`, for grpc-js only: it asks a serialized message for its length and copies it behind the five
 * bytes of its own frame (1.14, `IdentityHandler.writeMessage` and `serializeMessage`), so the parts are written right
 * there. In a buffer of their own they would be copied twice, and a third of the memory that an upload goes through
 * would be that buffer.
 */
export function serializeFlightData(parts: FlightDataParts): Buffer {
  return new FlightDataMessage(parts) as unknown as Buffer;
}

/** A FlightData that is not written yet. Its parts must not change before it is. */
class FlightDataMessage implements Pick<
  Buffer,
  "length" | "byteLength" | "copy"
> {
  readonly length: number;
  readonly #descriptor: Uint8Array | undefined;
  readonly #header: Uint8Array;
  readonly #appMetadata: Uint8Array;
  readonly #body: readonly Uint8Array[];
  readonly #copied: FlightDataParts["copied"];

  constructor(parts: FlightDataParts) {
    const { descriptor, header, appMetadata, body, copied } = parts;
    this.#copied = copied;
    this.#descriptor = descriptor && FlightDescriptor.encode(descriptor);
    this.#header = header ?? empty;
    this.#appMetadata = appMetadata ?? empty;
    this.#body = body ?? [];
    this.length =
      (this.#descriptor === undefined
        ? 0
        : fieldSize(numbers.descriptor, this.#descriptor.byteLength)) +
      plainSize(numbers.header, this.#header.byteLength) +
      plainSize(numbers.appMetadata, this.#appMetadata.byteLength) +
      plainSize(
        numbers.body,
        this.#body.reduce((sum, piece) => sum + piece.byteLength, 0),
      );
  }

  get byteLength(): number {
    return this.length;
  }

  copy(target: Uint8Array, start = 0): number {
    let at = start;
    if (this.#descriptor !== undefined)
      at = writePart(target, at, numbers.descriptor, [this.#descriptor]);
    at = writePlain(target, at, numbers.header, [this.#header]);
    at = writePlain(target, at, numbers.appMetadata, [this.#appMetadata]);
    at = writePlain(target, at, numbers.body, this.#body);
    this.#copied?.(ownMemory(target));
    return at - start;
  }
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
  target: Uint8Array,
  position: number,
  number: number,
  pieces: readonly Uint8Array[],
): number {
  const isEmpty = pieces.every((piece) => piece.byteLength === 0);
  return isEmpty ? position : writePart(target, position, number, pieces);
}

function writePart(
  target: Uint8Array,
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
