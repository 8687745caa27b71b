import type { Vector as RawVector } from "@duckdb/node-bindings";
import { bitmapBytes } from "../../../arrow/bits.js";
import { noRow, takeRows } from "../../../arrow/take.js";
import type {
  ListVector,
  StructVector,
  UnionVector,
  Vector,
} from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import type { ColumnType, Member } from "../column-type.js";
import { keyOf } from "./map-key.js";
import {
  compacted,
  isPresent,
  rowsOf,
  writeData,
  writeValidity,
} from "./rows.js";
import type { ColumnWriter, Rows } from "./rows.js";

const entryBytes = 16;

/** Writer of LIST and MAP, which differ in what may lie in the child. */
export function listWriter(
  duckdb: DuckDB,
  type: ColumnType,
  item: ColumnWriter,
): ColumnWriter {
  return {
    type,
    write: (target, given) => {
      const rows = hasItemsBehindNulls(given as Rows<ListVector>)
        ? (compacted(given) as Rows<ListVector>)
        : (given as Rows<ListVector>);
      const { vector, start, count } = rows;
      const first = vector.offsets[start] as number;
      const items = (vector.offsets[start + count] as number) - first;
      const entries = new Uint8Array(count * entryBytes);
      const words = new Uint32Array(entries.buffer);
      for (let i = 0; i < count; i++) {
        const from = vector.offsets[start + i] as number;
        words[i * 4] = from - first;
        words[i * 4 + 2] = (vector.offsets[start + i + 1] as number) - from;
      }
      duckdb.list_vector_reserve(target, items);
      duckdb.list_vector_set_size(target, items);
      writeData(duckdb, target, entries);
      writeValidity(duckdb, target, rows);
      if (items > 0)
        item.write(
          duckdb.list_vector_get_child(target),
          rowsOf(vector.child, first, items),
        );
    },
  };
}

function hasItemsBehindNulls(rows: Rows<ListVector>): boolean {
  if (rows.valid === undefined) return false;
  const { offsets } = rows.vector;
  for (let i = 0; i < rows.count; i++) {
    const row = rows.start + i;
    if (offsets[row] !== offsets[row + 1] && !isPresent(rows, i)) return true;
  }
  return false;
}

/** Writer of the entries of a MAP: a struct whose keys are there and differ within a map. */
export function mapWriter(
  duckdb: DuckDB,
  type: ColumnType,
  entries: ColumnWriter,
  where: string,
): ColumnWriter {
  const list = listWriter(duckdb, type, entries);
  return {
    type,
    write: (target, rows) => {
      checkKeys(rows as Rows<ListVector>, where);
      list.write(target, rows);
    },
  };
}

function checkKeys(rows: Rows<ListVector>, where: string): void {
  const { offsets, child } = rows.vector;
  const keys = (child as StructVector).children[0] as Vector;
  for (let i = 0; i < rows.count; i++) {
    if (!isPresent(rows, i)) continue;
    const seen = new Set<string>();
    const end = offsets[rows.start + i + 1] as number;
    for (let k = offsets[rows.start + i] as number; k < end; k++) {
      const key = keyOf(keys, k);
      if (key === undefined || seen.has(key))
        throw new Failure(
          "invalid_data",
          `${where}: a map in row ${String(rows.start + i + 1)} of a batch has ${key === undefined ? "a NULL key" : "one key twice"}, which DuckDB's MAP does not take`,
        );
      seen.add(key);
    }
  }
}

/** Writer of ARRAY: items side by side, also behind a NULL. */
export function arrayWriter(
  duckdb: DuckDB,
  type: ColumnType,
  item: ColumnWriter,
  size: number,
): ColumnWriter {
  return {
    type,
    write: (target, rows) => {
      const { offsets, child } = rows.vector as ListVector;
      const items = new Int32Array(rows.count * size).fill(noRow);
      for (let i = 0; i < rows.count; i++)
        if (isPresent(rows, i)) {
          const from = offsets[rows.start + i] as number;
          for (let k = 0; k < size; k++) items[i * size + k] = from + k;
        }
      writeValidity(duckdb, target, rows);
      item.write(
        duckdb.array_vector_get_child(target),
        rowsOf(takeRows(child, items), 0, items.length),
      );
    },
  };
}

export function structWriter(
  duckdb: DuckDB,
  type: ColumnType,
  fields: readonly ColumnWriter[],
): ColumnWriter {
  return {
    type,
    write: (target, rows) => {
      const { children } = rows.vector as StructVector;
      writeValidity(duckdb, target, rows);
      fields.forEach((field, i) => {
        field.write(
          duckdb.struct_vector_get_child(target, i),
          rowsOf(children[i] as Vector, rows.start, rows.count, rows.valid),
        );
      });
    },
  };
}

/** Writer of UNION: a struct of a one-byte tag and every member, where a row has the tagged member only. */
export function unionWriter(
  duckdb: DuckDB,
  type: ColumnType & { readonly fields: readonly Member[] },
  typeIds: readonly number[],
  members: readonly ColumnWriter[],
): ColumnWriter {
  const tagOf = new Map(typeIds.map((id, tag) => [id, tag]));
  return {
    type,
    write: (target, rows) => {
      const { vector, start, count } = rows as Rows<UnionVector>;
      const tags = new Uint8Array(count);
      const taken = members.map(() => new Int32Array(count).fill(noRow));
      for (let i = 0; i < count; i++) {
        const tag = tagOf.get(vector.typeIds[start + i] as number);
        if (tag === undefined || !isPresent(rows, i)) continue;
        tags[i] = tag;
        (taken[tag] as Int32Array)[i] = vector.offsets[start + i] as number;
      }
      writeValidity(duckdb, target, rows);
      const tagVector = duckdb.struct_vector_get_child(target, 0);
      writeData(duckdb, tagVector, tags);
      writeValidity(duckdb, tagVector, rows);
      members.forEach((member, tag) => {
        const child = takeRows(
          vector.children[tag] as Vector,
          taken[tag] as Int32Array,
        );
        member.write(
          duckdb.struct_vector_get_child(target, tag + 1),
          rowsOf(child, 0, count),
        );
      });
    },
  };
}

/** Writer of a column that has no values: NULLs of any type. */
export function nullWriter(duckdb: DuckDB): ColumnWriter {
  return {
    type: { id: "INTEGER" },
    write: (target: RawVector, { count, ...rows }) => {
      const valid = new Uint8Array(bitmapBytes(count));
      writeValidity(duckdb, target, { ...rows, count, valid });
    },
  };
}

/** Writer of BOOLEAN, a byte each. */
export function boolWriter(duckdb: DuckDB): ColumnWriter {
  return {
    type: { id: "BOOLEAN" },
    write: (target, rows) => {
      if (rows.vector.layout !== "bool") throw new Failure("internal", "bool");
      const { bits } = rows.vector;
      const flags = new Uint8Array(rows.count);
      for (let i = 0; i < rows.count; i++) {
        const at = rows.start + i;
        flags[i] = ((bits[at >> 3] as number) >> (at & 7)) & 1;
      }
      writeData(duckdb, target, flags);
      writeValidity(duckdb, target, rows);
    },
  };
}
