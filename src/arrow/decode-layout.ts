import type { Allowance } from "./allowance.js";
import { bitAt } from "./bits.js";
import { checkOffset, copyBytes, noRow, takeRows } from "./take.js";
import type { Vector } from "./vector.js";

/**
 * The layouts of the wire that canonical vectors do not have: 64-bit offsets, views, dictionaries, runs
 * (https://arrow.apache.org/docs/format/Columnar.html#physical-memory-layout). Each is turned into
 * offsets or row numbers. What leads outside is a RangeError, which the caller places.
 */

/** Fails unless offsets never fall and stay within the `end` values that there are. */
export function checkOffsets(offsets: Int32Array, end: number): void {
  let before = 0;
  let rising = true;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i] as number;
    rising &&= offset >= before;
    before = offset;
  }
  if (!rising || before > end) {
    throw new RangeError("offsets that fall, or lead behind the last value");
  }
}

/** Fails unless every row of a union leads to a row of a child. */
export function checkUnion(
  ids: readonly number[],
  typeIds: Int8Array,
  offsets: Int32Array,
  children: readonly Vector[],
): void {
  const lengths = new Int32Array(128);
  ids.forEach((id, i) => {
    lengths[id] = children[i]?.length ?? 0;
  });
  for (let i = 0; i < typeIds.length; i++) {
    const id = typeIds[i] as number;
    const offset = offsets[i] as number;
    if (id >= 0 && offset >= 0 && offset < (lengths[id] as number)) continue;
    throw new RangeError(
      `row ${String(i)} leads to row ${String(offset)} of type id ${String(id)}, which is not there`,
    );
  }
}

/** 0, 1, 2, … */
export function rowNumbers(length: number): Int32Array {
  const rows = new Int32Array(length);
  for (let i = 0; i < length; i++) rows[i] = i;
  return rows;
}

/**
 * Integers as numbers. 64-bit ones beyond 2^53 come out inexact, which is all the same for an index that
 * must be below 2^31.
 */
export function integersOf(
  bytes: Uint8Array,
  width: number,
  signed = true,
): ArrayLike<number> {
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / width;
  switch (width) {
    case 1:
      return signed ? new Int8Array(buffer, byteOffset, count) : bytes;
    case 2:
      return signed
        ? new Int16Array(buffer, byteOffset, count)
        : new Uint16Array(buffer, byteOffset, count);
    case 4:
      return signed
        ? new Int32Array(buffer, byteOffset, count)
        : new Uint32Array(buffer, byteOffset, count);
    default: {
      const words = new Int32Array(buffer, byteOffset, 2 * count);
      const numbers = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        const high = words[2 * i + 1] as number;
        const low = (words[2 * i] as number) >>> 0;
        numbers[i] = (signed ? high : high >>> 0) * 0x1_0000_0000 + low;
      }
      return numbers;
    }
  }
}

/** 64-bit offsets as 32-bit ones. @throws Failure(exhausted) when they do not fit. */
export function narrowOffsets(bytes: Uint8Array): Int32Array {
  const wide = integersOf(bytes, 8);
  const narrow = new Int32Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    const offset = wide[i] as number;
    if (offset < 0) throw new RangeError("a negative offset");
    checkOffset(offset);
    narrow[i] = offset;
  }
  return narrow;
}

/** Views of up to so many bytes hold the bytes themselves. */
const inlineMax = 12;

/**
 * Values of views of 16 bytes: length, then the bytes themselves or a prefix, buffer number and offset.
 */
export function decodeViews(
  views: Uint8Array,
  validity: Uint8Array | undefined,
  buffers: readonly Uint8Array[],
  allowance: Allowance,
): { readonly offsets: Int32Array; readonly data: Uint8Array } {
  const words = new Int32Array(
    views.buffer,
    views.byteOffset,
    views.length >> 2,
  );
  const rows = words.length / 4;
  const offsets = new Int32Array(rows + 1);
  let end = 0;
  for (let i = 0; i < rows; i++) {
    if (validity === undefined || bitAt(validity, i)) {
      end += viewLength(words, i, buffers);
      checkOffset(end);
    }
    offsets[i + 1] = end;
  }
  allowance.spend(end);
  const data = new Uint8Array(end);
  for (let i = 0; i < rows; i++) {
    const at = offsets[i] as number;
    const length = (offsets[i + 1] as number) - at;
    if (length <= inlineMax) {
      copyBytes(views, 16 * i + 4, data, at, length);
    } else {
      const buffer = buffers[words[4 * i + 2] as number] ?? views;
      copyBytes(buffer, words[4 * i + 3] as number, data, at, length);
    }
  }
  return { offsets, data };
}

/** Bytes of a view's value, which is checked to be there. */
function viewLength(
  words: Int32Array,
  row: number,
  buffers: readonly Uint8Array[],
): number {
  const length = words[4 * row] as number;
  if (length >= 0 && length <= inlineMax) return length;
  const offset = words[4 * row + 3] as number;
  const buffer = buffers[words[4 * row + 2] as number];
  if (
    length < 0 ||
    buffer === undefined ||
    offset < 0 ||
    offset + length > buffer.length
  ) {
    throw new RangeError(`the view of row ${String(row)} leads nowhere`);
  }
  return length;
}

/** Offsets for list views; the items are put in order when they are not yet. */
export function decodeListViews(
  starts: ArrayLike<number>,
  sizes: ArrayLike<number>,
  validity: Uint8Array | undefined,
  child: Vector,
  allowance: Allowance,
): { readonly offsets: Int32Array; readonly child: Vector } {
  const rows = starts.length;
  const offsets = new Int32Array(rows + 1);
  let end = 0;
  let inOrder = true;
  for (let i = 0; i < rows; i++) {
    const size = sizes[i] as number;
    if ((validity === undefined || bitAt(validity, i)) && size !== 0) {
      const start = starts[i] as number;
      if (start < 0 || size < 0 || start + size > child.length) {
        throw new RangeError(`the view of row ${String(i)} leads nowhere`);
      }
      inOrder &&= start === end;
      end += size;
      checkOffset(end);
    }
    offsets[i + 1] = end;
  }
  if (inOrder) return { offsets, child };
  allowance.spend(4 * end);
  const items = new Int32Array(end);
  for (let i = 0; i < rows; i++) {
    let item = starts[i] as number;
    const last = offsets[i + 1] as number;
    for (let k = offsets[i] as number; k < last; k++) items[k] = item++;
  }
  return { offsets, child: takeRows(child, items, allowance) };
}

/** Rows of the dictionary that indices name, `noRow` where there is none. */
export function dictionaryRows(
  indices: ArrayLike<number>,
  validity: Uint8Array | undefined,
  length: number,
): Int32Array {
  const rows = new Int32Array(indices.length);
  for (let i = 0; i < rows.length; i++) {
    if (validity !== undefined && !bitAt(validity, i)) {
      rows[i] = noRow;
      continue;
    }
    const index = indices[i] as number;
    if (!(index >= 0 && index < length)) {
      throw new RangeError(
        `row ${String(i)} leads to value ${String(index)} of a dictionary of ${String(length)}`,
      );
    }
    rows[i] = index;
  }
  return rows;
}

/** For each of `length` rows, the run that it lies in. */
export function decodeRunEnds(
  runEnds: ArrayLike<number>,
  runs: number,
  length: number,
  allowance: Allowance,
): Int32Array {
  allowance.spend(4 * length);
  const rows = new Int32Array(length);
  let at = 0;
  for (let run = 0; at < length; run++) {
    const end = runEnds[run];
    if (end === undefined || end <= at || run >= runs) {
      throw new RangeError("run ends that do not rise, or end too early");
    }
    rows.fill(run, at, Math.min(end, length));
    at = end;
  }
  return rows;
}
