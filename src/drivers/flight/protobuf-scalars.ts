import { Failure } from "../../failure.js";
import { invalid, wireTypes } from "./protobuf-wire.js";
import type { WireReader, WireType, WireWriter } from "./protobuf-wire.js";

/** TypeScript types of the scalar types that Flight uses (https://protobuf.dev/programming-guides/proto3/#scalar). */
export interface Scalars {
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly bool: boolean;
  readonly int32: number;
  readonly uint32: number;
  readonly enum: number;
  readonly int64: bigint;
  readonly uint64: bigint;
  readonly sfixed64: bigint;
  readonly double: number;
}

/** Name of a scalar type as .proto files write it; every enum is one type here. */
export type ScalarType = keyof Scalars;

/** How a scalar type is written and read. */
export interface ScalarCodec<T> {
  readonly wireType: WireType;
  /** proto3's value of a plain field that is missing. */
  readonly zero: T;
  /** @throws Failure(invalid_data) */
  read(reader: WireReader): T;
  /** @throws Failure(invalid_data) when the value is out of range. */
  write(writer: WireWriter, value: T): void;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const int32: ScalarCodec<number> = {
  wireType: wireTypes.varint,
  zero: 0,
  read: (reader) => Number(BigInt.asIntN(32, reader.varint())),
  // A negative number is sign-extended to ten bytes.
  write: (writer, value) =>
    writer.varint(BigInt.asUintN(64, integer(value, -(2 ** 31), 2 ** 31 - 1))),
};

/** The codec of every scalar type. */
export const scalars: {
  readonly [T in ScalarType]: ScalarCodec<Scalars[T]>;
} = {
  string: {
    wireType: wireTypes.bytes,
    zero: "",
    read: (reader) => decodeText(reader.bytes()),
    write: (writer, value) => writer.bytes(encodeText(value)),
  },
  bytes: {
    wireType: wireTypes.bytes,
    zero: new Uint8Array(0),
    read: (reader) => reader.bytes(),
    write: (writer, value) => writer.bytes(value),
  },
  bool: {
    wireType: wireTypes.varint,
    zero: false,
    read: (reader) => reader.varint() !== 0n,
    write: (writer, value) => writer.length(value ? 1 : 0),
  },
  int32,
  uint32: {
    wireType: wireTypes.varint,
    zero: 0,
    read: (reader) => Number(BigInt.asUintN(32, reader.varint())),
    write: (writer, value) => writer.varint(integer(value, 0, 2 ** 32 - 1)),
  },
  enum: int32,
  int64: {
    wireType: wireTypes.varint,
    zero: 0n,
    read: (reader) => BigInt.asIntN(64, reader.varint()),
    write: (writer, value) =>
      writer.varint(BigInt.asUintN(64, signed64(value))),
  },
  uint64: {
    wireType: wireTypes.varint,
    zero: 0n,
    read: (reader) => reader.varint(),
    write: (writer, value) => {
      if (BigInt.asUintN(64, value) !== value) throw outOfRange(value);
      writer.varint(value);
    },
  },
  sfixed64: {
    wireType: wireTypes.fixed64,
    zero: 0n,
    read: (reader) => reader.fixed64(),
    write: (writer, value) => writer.fixed64(signed64(value)),
  },
  double: {
    wireType: wireTypes.fixed64,
    zero: 0,
    read: (reader) => reader.double(),
    write: (writer, value) => writer.double(value),
  },
};

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new Failure(
      "invalid_data",
      "malformed protobuf message: a string is not UTF-8",
      {
        cause: error,
      },
    );
  }
}

/** Lone surrogates have no UTF-8; Buffer.from would replace them in silence. */
function encodeText(value: string): Uint8Array {
  if (/\p{Surrogate}/u.test(value))
    throw invalid("a string has a lone surrogate, which UTF-8 cannot hold");
  return Buffer.from(value, "utf8");
}

function integer(value: number, low: number, high: number): bigint {
  if (!Number.isInteger(value) || value < low || value > high)
    throw outOfRange(value);
  return BigInt(value);
}

function signed64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw outOfRange(value);
  return value;
}

function outOfRange(value: number | bigint): Failure {
  return invalid(`${String(value)} does not fit its field`);
}
