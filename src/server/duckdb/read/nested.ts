import { bitAt, bitmapBytes, putBit, setBits } from "../../../arrow/bits.js";
import type { Vector as RawVector } from "@duckdb/node-bindings";
import type { DataType } from "../../../arrow/schema.js";
import type { Vector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import { rawData, readValidity } from "./source.js";
import type { ColumnReader, Piece, Source } from "./source.js";

/** Bytes of a list's slot: the child's first row and the count of rows, 64 bits each. */
const entryBytes = 16;

/** Reader of LIST and, its item being a struct of key and value, of MAP. */
export function listReader(
  duckdb: DuckDB,
  type: DataType,
  item: ColumnReader,
  where: string,
): ColumnReader {
  return {
    type,
    open: (source) => {
      const validity = readValidity(duckdb, source);
      const offsets = new Int32Array(source.length + 1);
      const children = listChildren(duckdb, source, validity, offsets, where);
      const child = item.open(children);
      return {
        byteLength: child.byteLength + offsets.byteLength,
        read: () => ({
          layout: "list",
          type,
          length: source.length,
          validity,
          offsets,
          child: child.read(),
        }),
      };
    },
  };
}

/** The child's rows in the order of the lists, neighbours joined; fills the offsets. */
function listChildren(
  duckdb: DuckDB,
  { pieces }: Source,
  validity: Uint8Array | undefined,
  offsets: Int32Array,
  where: string,
): Source {
  const children: Piece[] = [];
  let total = 0;
  let row = 0;
  for (const { vector, start, end } of pieces) {
    const entries = rawData(duckdb, vector, end, entryBytes);
    const view = new DataView(entries.buffer, entries.byteOffset);
    const child = duckdb.list_vector_get_child(vector);
    const open = { start: 0, end: 0 };
    const close = () => {
      if (open.end > open.start) children.push({ vector: child, ...open });
    };
    for (let i = start; i < end; i++, row++) {
      if (validity === undefined || bitAt(validity, row)) {
        const first = uint64(view, i * entryBytes);
        const count = uint64(view, i * entryBytes + 8);
        if (first !== open.end) {
          close();
          open.start = first;
        }
        open.end = first + count;
        total += count;
      }
      offsets[row + 1] = total;
    }
    close();
  }
  if (total > 0x7fffffff)
    throw new Failure(
      "invalid_data",
      `${where} holds a list of ${String(total)} items; more than 2,147,483,647 do not fit 32-bit offsets`,
    );
  return { pieces: children, length: total, mask: undefined };
}

/** Counts of rows are far below 2^53. */
function uint64(view: DataView, offset: number): number {
  return (
    view.getUint32(offset + 4, true) * 0x100000000 +
    view.getUint32(offset, true)
  );
}

/** Reader of ARRAY, whose items lie side by side without offsets. */
export function arrayReader(
  duckdb: DuckDB,
  type: DataType,
  item: ColumnReader,
  size: number,
): ColumnReader {
  return {
    type,
    open: (source) => {
      const validity = readValidity(duckdb, source);
      const child = item.open({
        pieces: source.pieces.map(({ vector, start, end }) => ({
          vector: duckdb.array_vector_get_child(vector),
          start: start * size,
          end: end * size,
        })),
        length: source.length * size,
        mask: validity && repeatBits(validity, source.length, size),
      });
      const offsets = Int32Array.from(
        { length: source.length + 1 },
        (_, i) => i * size,
      );
      return {
        byteLength: child.byteLength,
        read: () => ({
          layout: "list",
          type,
          length: source.length,
          validity,
          offsets,
          child: child.read(),
        }),
      };
    },
  };
}

function repeatBits(bits: Uint8Array, count: number, times: number) {
  const out = new Uint8Array(bitmapBytes(count * times));
  for (let i = 0; i < count; i++)
    if (bitAt(bits, i)) setBits(out, i * times, times);
  return out;
}

/** Reader of STRUCT. */
export function structReader(
  duckdb: DuckDB,
  type: DataType,
  fields: readonly ColumnReader[],
): ColumnReader {
  return {
    type,
    open: (source) => {
      const validity = readValidity(duckdb, source);
      const children = fields.map((field, i) =>
        field.open(childOf(duckdb, source, i, validity)),
      );
      return {
        byteLength: children.reduce(
          (sum, { byteLength }) => sum + byteLength,
          0,
        ),
        read: () => ({
          layout: "struct",
          type,
          length: source.length,
          validity,
          children: children.map((child) => child.read()),
        }),
      };
    },
  };
}

function childOf(
  duckdb: DuckDB,
  { pieces, length }: Source,
  index: number,
  mask: Uint8Array | undefined,
): Source {
  const child = (vector: RawVector) =>
    duckdb.struct_vector_get_child(vector, index);
  return {
    pieces: pieces.map((piece) => ({ ...piece, vector: child(piece.vector) })),
    length,
    mask,
  };
}

/** Reader of UNION, which DuckDB keeps as a struct of a one-byte tag and every member, as long as the union each. */
export function unionReader(
  duckdb: DuckDB,
  type: DataType,
  members: readonly ColumnReader[],
): ColumnReader {
  return {
    type,
    open: (source) => {
      const { length } = source;
      const typeIds = readTags(duckdb, source);
      const children = members.map((member, tag) =>
        member.open(
          childOf(duckdb, source, tag + 1, rowsOf(typeIds.tags, tag)),
        ),
      );
      const bytes = children.reduce((sum, child) => sum + child.byteLength, 0);
      return {
        byteLength: bytes + length,
        read: (): Vector => ({
          layout: "union",
          type,
          length,
          validity: undefined,
          typeIds: typeIds.ids,
          offsets: Int32Array.from({ length }, (_, i) => i),
          children: children.map((child) => child.read()),
        }),
      };
    },
  };
}

/** Tag per row; -1 in `tags` and 0 in `ids` where the union is NULL. */
function readTags(duckdb: DuckDB, source: Source) {
  const validity = readValidity(duckdb, source);
  const tags = new Int16Array(source.length).fill(-1);
  const ids = new Int8Array(source.length);
  let row = 0;
  for (const { vector, start, end } of source.pieces) {
    const tag = duckdb.struct_vector_get_child(vector, 0);
    const slots = rawData(duckdb, tag, end, 1);
    for (let i = start; i < end; i++, row++) {
      if (validity !== undefined && !bitAt(validity, row)) continue;
      tags[row] = slots[i] as number;
      ids[row] = slots[i] as number;
    }
  }
  return { tags, ids };
}

function rowsOf(tags: Int16Array, tag: number): Uint8Array {
  const mask = new Uint8Array(bitmapBytes(tags.length));
  for (let i = 0; i < tags.length; i++)
    if (tags[i] === tag) putBit(mask, i, true);
  return mask;
}
