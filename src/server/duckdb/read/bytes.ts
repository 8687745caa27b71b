import { bitAt } from "../../../arrow/bits.js";
import type { Vector as RawVector } from "@duckdb/node-bindings";
import type { DataType } from "../../../arrow/schema.js";
import type { BytesVector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import { allocate, rawData, readValidity } from "./source.js";
import type { ColumnReader, Piece, Source } from "./source.js";
import { StringHeap } from "./string-heap.js";

/** Bytes of DuckDB's string slot: length, then 12 bytes of text or 4 of prefix and a pointer. */
export const slotBytes = 16;
export const inlineMax = 12;

/** The slots of one piece, and the row of the column that its first slot is. */
interface Slots {
  readonly piece: Piece;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array;
  readonly firstRow: number;
}

/** Reader of VARCHAR and BLOB. */
export function bytesReader(
  duckdb: DuckDB,
  type: DataType,
  where: string,
): ColumnReader {
  return {
    type,
    open: (source) => {
      const validity = readValidity(duckdb, source);
      const slots = openSlots(duckdb, source);
      const offsets = new Int32Array(source.length + 1);
      const total = measure(slots, validity, offsets);
      return {
        byteLength: total + offsets.byteLength,
        read: (): BytesVector => {
          if (total > 0x7fffffff)
            throw new Failure(
              "invalid_data",
              `${where} holds a value of ${String(total)} bytes; more than 2,147,483,647 do not fit 32-bit offsets`,
            );
          const data = allocate(total);
          for (const piece of slots)
            copyPiece(duckdb, piece, validity, offsets, data);
          return {
            layout: "bytes",
            type,
            length: source.length,
            validity,
            offsets,
            data,
          };
        },
      };
    },
  };
}

function openSlots(duckdb: DuckDB, { pieces }: Source): Slots[] {
  let firstRow = 0;
  return pieces.map((piece) => {
    const bytes = slotBytesOf(duckdb, piece.vector, piece.end);
    const slots = {
      piece,
      bytes,
      words: new Uint32Array(bytes.buffer, bytes.byteOffset),
      firstRow,
    };
    firstRow += piece.end - piece.start;
    return slots;
  });
}

function slotBytesOf(duckdb: DuckDB, vector: RawVector, rows: number) {
  const data = rawData(duckdb, vector, rows, slotBytes);
  return (data.byteOffset & 3) === 0 ? data : data.slice();
}

/** Fills the offsets. @returns bytes of all values */
function measure(
  slots: readonly Slots[],
  validity: Uint8Array | undefined,
  offsets: Int32Array,
): number {
  let total = 0;
  for (const { piece, words, firstRow } of slots) {
    const shift = firstRow - piece.start;
    for (let i = piece.start; i < piece.end; i++) {
      if (validity === undefined || bitAt(validity, i + shift))
        total += words[i * 4] as number;
      offsets[i + shift + 1] = total;
    }
  }
  return total;
}

function copyPiece(
  duckdb: DuckDB,
  { piece, bytes, words, firstRow }: Slots,
  validity: Uint8Array | undefined,
  offsets: Int32Array,
  data: Uint8Array,
): void {
  const shift = firstRow - piece.start;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let heap: StringHeap | undefined;
  for (let i = piece.start; i < piece.end; i++) {
    if (validity !== undefined && !bitAt(validity, i + shift)) continue;
    const length = words[i * 4] as number;
    const target = offsets[i + shift] as number;
    if (length > inlineMax) {
      heap ??= new StringHeap(piece.end - piece.start);
      heap.add(i, pointerAt(words, i), length, target);
    } else copyInline(words, i, length, view, target);
  }
  heap?.copyTo(data, (slot, length) =>
    duckdb.get_data_from_pointer(
      bytes.buffer,
      bytes.byteOffset + slot * slotBytes + 8,
      length,
    ),
  );
}

/**
 * Copies the text of a slot by words. What the last one writes beyond the text is where the next text goes, which is
 * copied later.
 */
function copyInline(
  words: Uint32Array,
  slot: number,
  length: number,
  data: DataView,
  target: number,
): void {
  const first = slot * 4 + 1;
  if (target + inlineMax <= data.byteLength) {
    for (let at = 0; at < length; at += 4)
      data.setUint32(target + at, words[first + (at >> 2)] as number, true);
    return;
  }
  for (let at = 0; at < length; at++)
    data.setUint8(
      target + at,
      (words[first + (at >> 2)] as number) >>> (8 * (at & 3)),
    );
}

/** Addresses of user space have 47 or 48 bits, so a number holds them. */
export function pointerAt(words: Uint32Array, slot: number): number {
  return (
    (words[slot * 4 + 3] as number) * 0x100000000 +
    (words[slot * 4 + 2] as number)
  );
}
