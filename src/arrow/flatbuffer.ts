import { Failure } from "../failure.js";

/** Nested tables; a schema needs three more than its deepest field. Arrow C++ stops at 64 levels of fields. */
const depthMax = 100;

/**
 * Bytes that one message may make a reader visit, per byte of message. Tables and strings may be shared, so
 * a few bytes can spell a tree of any size: honest writers share nothing but equal strings.
 */
const visitsPerByte = 16;

const textDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes that may still be visited. */
  budget: number;
}

/** Where a vector's elements lie. */
export interface FlatVector {
  readonly view: DataView;
  /** Position of the first element in `view`. */
  readonly start: number;
  /** Elements. */
  readonly count: number;
}

/**
 * Reads one table of a flatbuffer (https://flatbuffers.dev/internals/). Every access is checked against
 * the end of the bytes, and depth and total work are bounded, so hostile bytes end in
 * Failure(invalid_data). Slots are numbered from 0 in the order of the table's definition.
 */
export class FlatTable {
  readonly #source: Source;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableSize: number;
  readonly #depth: number;

  private constructor(source: Source, position: number, depth: number) {
    if (depth > depthMax) {
      throw invalid(`more than ${String(depthMax)} nested tables`);
    }
    check(source, position, 4);
    const vtable = position - source.view.getInt32(position, true);
    check(source, vtable, 4);
    const size = source.view.getUint16(vtable, true);
    if (size < 4) throw invalid("a table without a layout");
    check(source, vtable, size);
    spend(source, 16);
    this.#source = source;
    this.#position = position;
    this.#vtable = vtable;
    this.#vtableSize = size;
    this.#depth = depth;
  }

  /** The root table of `bytes`. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const budget = visitsPerByte * bytes.length + 4096;
    const source = { bytes, view, budget };
    return new FlatTable(source, follow(source, 0), 0);
  }

  uint8(slot: number, absent = 0): number {
    const at = this.#find(slot, 1);
    return at === 0 ? absent : this.#source.view.getUint8(at);
  }

  bool(slot: number): boolean {
    return this.uint8(slot) !== 0;
  }

  int16(slot: number, absent = 0): number {
    const at = this.#find(slot, 2);
    return at === 0 ? absent : this.#source.view.getInt16(at, true);
  }

  int32(slot: number, absent = 0): number {
    const at = this.#find(slot, 4);
    return at === 0 ? absent : this.#source.view.getInt32(at, true);
  }

  int64(slot: number): bigint {
    const at = this.#find(slot, 8);
    return at === 0 ? 0n : this.#source.view.getBigInt64(at, true);
  }

  /** A 64-bit length or position, which must be a safe integer that is not negative. */
  length(slot: number): number {
    const at = this.#find(slot, 8);
    return at === 0 ? 0 : lengthAt(this.#source.view, at);
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#find(slot, 4);
    if (at === 0) return undefined;
    return new FlatTable(
      this.#source,
      follow(this.#source, at),
      this.#depth + 1,
    );
  }

  string(slot: number): string | undefined {
    const vector = this.vector(slot, 1);
    if (vector === undefined) return undefined;
    const { start, count } = vector;
    try {
      return textDecoder.decode(
        this.#source.bytes.subarray(start, start + count),
      );
    } catch (cause) {
      throw invalid("a text that is not UTF-8", cause);
    }
  }

  /** Elements of `size` bytes each; undefined when the slot is absent. */
  vector(slot: number, size: number): FlatVector | undefined {
    const at = this.#find(slot, 4);
    if (at === 0) return undefined;
    const source = this.#source;
    const position = follow(source, at);
    const count = source.view.getUint32(position, true);
    check(source, position + 4, count * size);
    spend(source, count * size);
    return { view: source.view, start: position + 4, count };
  }

  /** A vector of tables, [] when the slot is absent. */
  tables(slot: number): FlatTable[] {
    const vector = this.vector(slot, 4);
    if (vector === undefined) return [];
    const tables: FlatTable[] = [];
    for (let i = 0; i < vector.count; i++) {
      const position = follow(this.#source, vector.start + 4 * i);
      tables.push(new FlatTable(this.#source, position, this.#depth + 1));
    }
    return tables;
  }

  /** Position of a slot's bytes, 0 when the slot is absent. */
  #find(slot: number, size: number): number {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#vtableSize) return 0;
    const offset = this.#source.view.getUint16(this.#vtable + entry, true);
    if (offset === 0) return 0;
    check(this.#source, this.#position + offset, size);
    return this.#position + offset;
  }
}

/** A 64-bit length at `at`, which must be a safe integer that is not negative. */
export function lengthAt(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  if (high < 0 || high > 0x1f_ffff) {
    throw invalid(
      `the length ${String(view.getBigInt64(at, true))}, out of range`,
    );
  }
  return high * 0x1_0000_0000 + view.getUint32(at, true);
}

/** Follows the offset at `at`. Offsets only lead forward, so there are no cycles. */
function follow(source: Source, at: number): number {
  check(source, at, 4);
  const offset = source.view.getUint32(at, true);
  if (offset < 4) throw invalid("an offset to itself");
  check(source, at + offset, 4);
  return at + offset;
}

function check(source: Source, position: number, size: number): void {
  if (position < 0 || position + size > source.bytes.length) {
    throw invalid(
      `${String(size)} bytes at ${String(position)} of a message of ${String(source.bytes.length)} bytes`,
    );
  }
}

function spend(source: Source, bytes: number): void {
  source.budget -= bytes;
  if (source.budget < 0) throw invalid("one part shared too often");
}

function invalid(what: string, cause?: unknown): Failure {
  return new Failure("invalid_data", `malformed Arrow metadata: ${what}`, {
    cause,
  });
}
