import { isAscii, isUtf8 } from "node:buffer";
import type { Vector as RawVector } from "@duckdb/node-bindings";
import type { BytesVector, FixedVector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import { inlineMax, pointerAt, slotBytes } from "../read/bytes.js";
import { compacted, isPresent, writeData, writeValidity } from "./rows.js";
import type { ColumnWriter, Rows } from "./rows.js";

/** Writer of VARCHAR and BLOB. */
export function bytesWriter(
  duckdb: DuckDB,
  id: "VARCHAR" | "BLOB",
  where: string,
): ColumnWriter {
  return {
    type: { id },
    write: (target, rows) => {
      writeBytes(duckdb, target, rows as Rows<BytesVector>, id, where);
    },
  };
}

/** Writer of values of one size as BLOB. */
export function fixedBytesWriter(duckdb: DuckDB, where: string): ColumnWriter {
  const writer = bytesWriter(duckdb, "BLOB", where);
  return {
    type: writer.type,
    write: (target, rows) => {
      const vector = rows.vector as FixedVector;
      const offsets = Int32Array.from(
        { length: vector.length + 1 },
        (_, i) => i * vector.width,
      );
      const bytes: BytesVector = { ...vector, layout: "bytes", offsets };
      writer.write(target, { ...rows, vector: bytes });
    },
  };
}

export function writeBytes(
  duckdb: DuckDB,
  target: RawVector,
  given: Rows<BytesVector>,
  id: "VARCHAR" | "BLOB",
  where: string,
): void {
  const rows = hasBytesBehindNulls(given)
    ? (compacted(given) as Rows<BytesVector>)
    : given;
  const { vector, start, count } = rows;
  const from = vector.offsets[start] as number;
  const all = vector.data.subarray(from, vector.offsets[start + count]);
  if (id === "VARCHAR") checkText(rows, all, where);
  const heap = placeOnHeap(duckdb, target, rows, all);
  writeData(duckdb, target, slotsOf(rows, all, heap));
  writeValidity(duckdb, target, rows);
}

function hasBytesBehindNulls(rows: Rows<BytesVector>): boolean {
  if (rows.valid === undefined) return false;
  const { offsets } = rows.vector;
  for (let i = 0; i < rows.count; i++) {
    const row = rows.start + i;
    if (offsets[row] !== offsets[row + 1] && !isPresent(rows, i)) return true;
  }
  return false;
}

/** DuckDB would turn invalid text into NULL without a word. The whole is valid, and cut between characters. */
function checkText(
  { vector, start, count }: Rows<BytesVector>,
  all: Uint8Array,
  where: string,
): void {
  // Most texts are, and then no row needs a look of its own.
  if (isAscii(all)) return;
  const isValid = isUtf8(all);
  for (let i = start; i < start + count; i++) {
    const from = vector.offsets[i] as number;
    const to = vector.offsets[i + 1] as number;
    const isContinued =
      from < to && ((vector.data[from] as number) & 0xc0) === 0x80;
    if (isContinued || (!isValid && !isUtf8(vector.data.subarray(from, to))))
      throw new Failure(
        "invalid_data",
        `${where}: the value in row ${String(i + 1)} of a batch is not valid UTF-8: 0x${Buffer.from(vector.data.subarray(from, Math.min(to, from + 40))).toString("hex")}`,
      );
  }
}

/**
 * Puts all bytes on the vector's string heap with one call, as if they were its first string, and returns
 * their address there; slots may then point into them. A call per string would cost more than all else.
 */
function placeOnHeap(
  duckdb: DuckDB,
  target: RawVector,
  { vector, start, count }: Rows<BytesVector>,
  all: Uint8Array,
): number {
  let hasLong = false;
  for (let i = start; i < start + count && !hasLong; i++)
    hasLong = lengthAt(vector, i) > inlineMax;
  if (!hasLong) return 0;
  duckdb.vector_assign_string_element_len(target, 0, all);
  const slot = duckdb.vector_get_data(target, slotBytes);
  const words = new Uint32Array(Uint8Array.from(slot).buffer);
  if (words[0] !== all.byteLength)
    throw new Failure("internal", "DuckDB did not take a string");
  return pointerAt(words, 0);
}

function lengthAt({ offsets }: BytesVector, row: number): number {
  return (offsets[row + 1] as number) - (offsets[row] as number);
}

/** Slots of a vector, which the binding copies. That of a column has so many; that of a list's items may have more. */
const scratch = new Uint32Array((2048 * slotBytes) / 4);

/** @returns slots that are good until the next call. */
function slotsOf(
  { vector, start, count }: Rows<BytesVector>,
  all: Uint8Array,
  heap: number,
): Uint8Array {
  const size = (count * slotBytes) / 4;
  const words = size > scratch.length ? new Uint32Array(size) : scratch;
  const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  const { offsets } = vector;
  const base = offsets[start] as number;
  for (let i = 0; i < count; i++) {
    const from = (offsets[start + i] as number) - base;
    const length = (offsets[start + i + 1] as number) - base - from;
    const slot = 4 * i;
    words[slot] = length;
    // The text itself when it is short, else its first four bytes and its address.
    words[slot + 1] = wordAt(view, from, length);
    words[slot + 2] = 0;
    words[slot + 3] = 0;
    if (length <= 4) continue;
    if (length > inlineMax) {
      const address = heap + from;
      words[slot + 2] = address % 0x100000000;
      words[slot + 3] = Math.floor(address / 0x100000000);
      continue;
    }
    words[slot + 2] = wordAt(view, from + 4, length - 4);
    if (length > 8) words[slot + 3] = wordAt(view, from + 8, length - 8);
  }
  return new Uint8Array(words.buffer, 0, count * slotBytes);
}

/** The bytes from `at` on, at most four of `length`, as a little-endian number. */
function wordAt(view: DataView, at: number, length: number): number {
  if (at + 4 <= view.byteLength) {
    const word = view.getUint32(at, true);
    return length >= 4 ? word : word & ((1 << (8 * length)) - 1);
  }
  let word = 0;
  for (let k = Math.min(length, 4) - 1; k >= 0; k--)
    word = (word << 8) | view.getUint8(at + k);
  return word;
}
