import { Failure } from "../../failure.js";

/** Wire types (https://protobuf.dev/programming-guides/encoding/#structure); 3 and 4, groups, are no longer in use. */
export const wireTypes = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  fixed32: 5,
} as const;

/** One of `wireTypes`. */
export type WireType = (typeof wireTypes)[keyof typeof wireTypes];

/** Varints have at most ten bytes. */
const maxVarintBytes = 10;

/**
 * Reads protobuf's wire format. Every length is checked against the bytes that are there, so that hostile
 * input ends in Failure(invalid_data) and never in a large allocation. `bytes` gives views of the input.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#position >= this.#bytes.byteLength;
  }

  tag(): { readonly number: number; readonly wireType: number } {
    const tag = this.length();
    const number = Math.floor(tag / 8);
    if (number === 0 || number > 0x1fffffff)
      throw invalid(`field number ${String(number)} is out of range`);
    return { number, wireType: tag % 8 };
  }

  /** A varint that is a tag or a length: below 2^35, exact as a number. */
  length(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw invalid("a length or tag has more than five bytes");
  }

  /** An unsigned 64-bit varint. */
  varint(): bigint {
    let value = 0n;
    for (let index = 0; index < maxVarintBytes; index++) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << BigInt(7 * index);
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw invalid("a varint has more than ten bytes");
  }

  fixed64(): bigint {
    return this.#view.getBigInt64(this.#advance(8), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  bytes(): Uint8Array {
    const length = this.length();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(wireType: number): void {
    switch (wireType) {
      case wireTypes.varint:
        this.varint();
        return;
      case wireTypes.fixed64:
        this.#advance(8);
        return;
      case wireTypes.bytes:
        this.#advance(this.length());
        return;
      case wireTypes.fixed32:
        this.#advance(4);
        return;
      default:
        throw invalid(`wire type ${String(wireType)} is not known`);
    }
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  #advance(length: number): number {
    const start = this.#position;
    const left = this.#bytes.byteLength - start;
    if (length > left)
      throw invalid(
        `${String(length)} bytes are announced and ${String(left)} are left`,
      );
    this.#position = start + length;
    return start;
  }
}

/** Writes protobuf's wire format into a buffer that grows. */
export class WireWriter {
  #buffer = Buffer.allocUnsafe(64);
  #length = 0;

  tag(number: number, wireType: WireType): this {
    return this.length(number * 8 + wireType);
  }

  /** A number from 0 to 2^53 as a varint. */
  length(value: number): this {
    this.#reserve(maxVarintBytes);
    this.#length = writeVarint(this.#buffer, this.#length, value);
    return this;
  }

  /** @param value unsigned, 64 bits. */
  varint(value: bigint): this {
    this.#reserve(maxVarintBytes);
    let rest = value;
    for (; rest >= 128n; rest >>= 7n)
      this.#buffer[this.#length++] = Number(rest & 127n) | 128;
    this.#buffer[this.#length++] = Number(rest);
    return this;
  }

  fixed64(value: bigint): this {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigInt64LE(value, this.#length);
    return this;
  }

  double(value: number): this {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.length(value.byteLength);
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
    return this;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.byteLength) return;
    const larger = Buffer.allocUnsafe(
      Math.max(needed, this.#buffer.byteLength * 2),
    );
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Bytes that `writeVarint` takes for a value from 0 to 2^53. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a value from 0 to 2^53 and returns the position behind it. */
export function writeVarint(
  target: Uint8Array,
  position: number,
  value: number,
): number {
  let at = position;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128))
    target[at++] = (rest % 128) | 128;
  target[at++] = rest;
  return at;
}

/** The failure that all malformed bytes and unfit values end in. */
export function invalid(what: string): Failure {
  return new Failure("invalid_data", `malformed protobuf message: ${what}`);
}
