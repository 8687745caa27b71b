/** A string, vector or table already written: its distance from the end of the buffer. */
export type FlatRef = number;

/** A table's slot value with its size in bytes. */
export interface FlatSlot {
  readonly size: 1 | 2 | 4 | 8;
  readonly value: number | bigint;
  readonly isRef: boolean;
}

export function flatUint8(value: number): FlatSlot {
  return { size: 1, value, isRef: false };
}

export function flatBool(value: boolean): FlatSlot {
  return flatUint8(value ? 1 : 0);
}

export function flatInt16(value: number): FlatSlot {
  return { size: 2, value, isRef: false };
}

export function flatInt32(value: number): FlatSlot {
  return { size: 4, value, isRef: false };
}

export function flatInt64(value: number | bigint): FlatSlot {
  return { size: 8, value, isRef: false };
}

/** @param ref undefined leaves the slot absent. */
export function flatRef(ref: FlatRef | undefined): FlatSlot | undefined {
  return ref === undefined ? undefined : { size: 4, value: ref, isRef: true };
}

const textEncoder = new TextEncoder();

/**
 * Writes a flatbuffer (https://flatbuffers.dev/internals/) from its end to its start: children first, so
 * that offsets lead forward.
 */
export class FlatBuilder {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** Bytes written so far, at the end of `#bytes`. */
  #used = 0;

  /** @param capacity bytes to begin with; it grows. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array((capacity + 7) & ~7);
    this.#view = new DataView(this.#bytes.buffer);
  }

  string(text: string): FlatRef {
    const utf8 = textEncoder.encode(text);
    // Strings end in a zero that their length does not count.
    this.#align(4, utf8.length + 1);
    this.#skip(1);
    const at = this.#skip(utf8.length);
    this.#bytes.set(utf8, at);
    return this.#int32(utf8.length);
  }

  /** A vector of references to tables. */
  refs(refs: readonly FlatRef[]): FlatRef {
    this.#align(4, 4 * refs.length);
    for (const ref of refs.toReversed()) this.#int32(this.#used + 4 - ref);
    return this.#int32(refs.length);
  }

  int32s(values: readonly number[]): FlatRef {
    this.#align(4, 4 * values.length);
    for (const value of values.toReversed()) this.#int32(value);
    return this.#int32(values.length);
  }

  /** A vector of 64-bit integers, or of structs of them: `values.length / perStruct` elements. */
  int64s(values: readonly number[], perStruct: number): FlatRef {
    this.#align(8, 8 * values.length);
    let at = this.#skip(8 * values.length);
    for (const value of values) {
      this.#view.setUint32(at, value % 0x1_0000_0000, true);
      this.#view.setInt32(at + 4, Math.floor(value / 0x1_0000_0000), true);
      at += 8;
    }
    return this.#int32(values.length / perStruct);
  }

  /** A table; a slot that is undefined is left out and reads as its default. */
  table(slots: readonly (FlatSlot | undefined)[]): FlatRef {
    const end = this.#used;
    const places = slots.map((slot) =>
      slot === undefined ? 0 : this.#slot(slot),
    );
    this.#align(4, 0);
    const table = this.#int32(0);
    const vtableBytes = 4 + 2 * slots.length;
    const at = this.#skip(vtableBytes);
    this.#view.setUint16(at, vtableBytes, true);
    this.#view.setUint16(at + 2, table - end, true);
    places.forEach((place, slot) => {
      const offset = place === 0 ? 0 : table - place;
      this.#view.setUint16(at + 4 + 2 * slot, offset, true);
    });
    this.#view.setInt32(this.#bytes.length - table, this.#used - table, true);
    return table;
  }

  /** The whole buffer; its length is a multiple of 8. The builder is spent afterwards. */
  finish(root: FlatRef): Uint8Array {
    this.#align(8, 4);
    this.#int32(this.#used + 4 - root);
    return this.#bytes.subarray(this.#bytes.length - this.#used);
  }

  #slot({ size, value, isRef }: FlatSlot): number {
    this.#align(size, 0);
    const at = this.#skip(size);
    if (size === 8) this.#view.setBigInt64(at, BigInt(value), true);
    else if (isRef) this.#view.setUint32(at, this.#used - Number(value), true);
    else if (size === 4) this.#view.setInt32(at, Number(value), true);
    else if (size === 2) this.#view.setInt16(at, Number(value), true);
    else this.#view.setUint8(at, Number(value));
    return this.#used;
  }

  #int32(value: number): FlatRef {
    const at = this.#skip(4);
    this.#view.setInt32(at, value, true);
    return this.#used;
  }

  /** Pads so that, after `bytes` more, the position is a multiple of `size`. */
  #align(size: number, bytes: number): void {
    const rest = (this.#used + bytes) % size;
    if (rest !== 0) this.#skip(size - rest);
  }

  /** Takes `bytes` zero bytes and returns their position; may replace `#bytes` and `#view`. */
  #skip(bytes: number): number {
    this.#used += bytes;
    if (this.#used > this.#bytes.length) this.#grow();
    return this.#bytes.length - this.#used;
  }

  #grow(): void {
    const old = this.#bytes;
    let capacity = old.length * 2 + 8;
    while (capacity < this.#used) capacity *= 2;
    this.#bytes = new Uint8Array((capacity + 7) & ~7);
    this.#bytes.set(old, this.#bytes.length - old.length);
    this.#view = new DataView(this.#bytes.buffer);
  }
}
