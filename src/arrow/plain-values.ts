/*
 * Test support, imported by tests only: canonical vectors from plain values and back, slow and obvious,
 * so that the fast code can be held against it.
 */
import { batchOf, type Batch } from "./batch.js";
import { bitAt, bitmapBytes, setBit } from "./bits.js";
import { fixedWidth } from "./canonical.js";
import { halfBits, halfFloat } from "./half-float.js";
import type { DataType, Schema } from "./schema.js";
import { isValid, type Vector } from "./vector.js";

/**
 * What a row holds. int, decimal (unscaled), date, time, timestamp and duration: bigint. interval: its
 * components. list: its items; struct: its fields in order; map: pairs.
 */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | UnionValue;

export interface UnionValue {
  readonly typeId: number;
  readonly value: Value;
}

/** Bits of the components of an interval, by unit. */
const intervalBits = {
  year_month: [32],
  day_time: [32, 32],
  month_day_nano: [32, 32, 64],
} as const;

/** A batch of plain columns. @param rough see `vectorOf`. */
export function batchOfValues(
  schema: Schema,
  columns: readonly (readonly Value[])[],
  rough = false,
): Batch {
  const vectors = schema.fields.map(({ type }, i) =>
    vectorOf(type, columns[i] ?? [], rough),
  );
  return batchOf(schema, vectors, columns[0]?.length ?? 0);
}

/** Columns of a batch as plain values. */
export function valuesOfBatch(batch: Batch): readonly (readonly Value[])[] {
  return batch.vectors.map(valuesOf);
}

/**
 * @param type canonical.
 * @param rough makes use of every freedom that a vector has: offsets that start behind 0, items that
 * belong to no row, junk behind NULLs, validity without NULLs.
 */
export function vectorOf(
  type: DataType,
  values: readonly Value[],
  rough = false,
): Vector {
  const { length } = values;
  if (type.type === "null") {
    return { layout: "null", type, length, validity: undefined };
  }
  if (type.type === "union")
    return unionOf(type, values as UnionValue[], rough);
  const validity = validityOf(values, rough);
  const base = { type, length, validity };
  const items = values as (readonly Value[] | null)[];
  switch (type.type) {
    case "bool": {
      const bits = new Uint8Array(bitmapBytes(length));
      values.forEach((value, i) => {
        if (value === true || (value === null && rough)) setBit(bits, i);
      });
      return { layout: "bool", ...base, bits };
    }
    case "utf8":
    case "binary":
      return { layout: "bytes", ...base, ...bytesOf(values, rough) };
    case "list":
      return {
        layout: "list",
        ...base,
        ...listOf(type.item.type, items, rough),
      };
    case "fixed_size_list":
      return {
        layout: "list",
        ...base,
        ...listOf(type.item.type, items, rough),
      };
    case "map":
      return {
        layout: "list",
        ...base,
        ...listOf(type.entries.type, items, rough),
      };
    case "struct": {
      const children = type.fields.map((field, k) => {
        const own = items.map((row) => row?.[k] ?? filler(field.type));
        return vectorOf(field.type, own, rough);
      });
      return { layout: "struct", ...base, children };
    }
    case "dictionary":
    case "run_end_encoded":
      throw new Error(`${type.type} is not canonical`);
    default: {
      const width = fixedWidth(type) ?? 0;
      const data = new Uint8Array(length * width).fill(rough ? 0xa5 : 0);
      values.forEach((value, i) => {
        if (value !== null) data.set(fixedBytes(type, value), i * width);
      });
      return { layout: "fixed", ...base, width, data };
    }
  }
}

/** What stands in a child behind a NULL: NULL, except in a union, which has none. */
function filler(type: DataType): Value {
  if (type.type !== "union") return null;
  const [typeId = 0] = type.typeIds;
  const [field] = type.fields;
  return { typeId, value: field === undefined ? null : filler(field.type) };
}

function validityOf(
  values: readonly Value[],
  rough: boolean,
): Uint8Array | undefined {
  if (!rough && !values.includes(null)) return undefined;
  const validity = new Uint8Array(bitmapBytes(values.length));
  values.forEach((value, i) => {
    if (value !== null) setBit(validity, i);
  });
  return validity;
}

function bytesOf(
  values: readonly Value[],
  rough: boolean,
): { readonly offsets: Int32Array; readonly data: Uint8Array } {
  const junk = new TextEncoder().encode(rough ? "junk" : "");
  const parts = [junk];
  const offsets = new Int32Array(values.length + 1);
  let end = junk.length;
  offsets[0] = end;
  values.forEach((value, i) => {
    const part =
      value === null
        ? junk
        : typeof value === "string"
          ? new TextEncoder().encode(value)
          : (value as Uint8Array);
    parts.push(new Uint8Array(part));
    end += part.length;
    offsets[i + 1] = end;
  });
  return { offsets, data: new Uint8Array(Buffer.concat(parts)) };
}

function listOf(
  itemType: DataType,
  rows: readonly (readonly Value[] | null)[],
  rough: boolean,
): { readonly offsets: Int32Array; readonly child: Vector } {
  const items: Value[] = rough ? [filler(itemType)] : [];
  const offsets = new Int32Array(rows.length + 1);
  offsets[0] = items.length;
  rows.forEach((row, i) => {
    items.push(...(row ?? []));
    offsets[i + 1] = items.length;
  });
  if (rough) items.push(filler(itemType));
  return { offsets, child: vectorOf(itemType, items, rough) };
}

function unionOf(
  type: Extract<DataType, { readonly type: "union" }>,
  values: readonly UnionValue[],
  rough: boolean,
): Vector {
  const children: Value[][] = type.fields.map((field) =>
    rough ? [filler(field.type)] : [],
  );
  const offsets = values.map(({ typeId, value }) => {
    const child = children[type.typeIds.indexOf(typeId)] ?? [];
    return child.push(value) - 1;
  });
  return {
    layout: "union",
    type,
    length: values.length,
    validity: undefined,
    typeIds: Int8Array.from(values, ({ typeId }) => typeId),
    offsets: Int32Array.from(offsets),
    children: type.fields.map((field, k) =>
      vectorOf(field.type, children[k] ?? [], rough),
    ),
  };
}

function fixedBytes(type: DataType, value: Value): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (type.type === "interval") {
    const parts = value as readonly bigint[];
    return Buffer.concat(
      intervalBits[type.unit].map((bits, k) =>
        integerBytes(parts[k] ?? 0n, bits / 8),
      ),
    );
  }
  if (type.type !== "float") {
    return integerBytes(value as bigint, fixedWidth(type) ?? 0);
  }
  const number = value as number;
  if (type.bits === 16) return integerBytes(BigInt(halfBits(number)), 2);
  const floats = type.bits === 32 ? Float32Array : Float64Array;
  return new Uint8Array(floats.of(number).buffer);
}

function integerBytes(value: bigint, width: number): Uint8Array {
  let rest = BigInt.asUintN(8 * width, value);
  return Uint8Array.from({ length: width }, () => {
    const byte = Number(rest & 0xffn);
    rest >>= 8n;
    return byte;
  });
}

/** Rows of a vector as plain values. */
export function valuesOf(vector: Vector): readonly Value[] {
  return Array.from({ length: vector.length }, (_, i) => valueAt(vector, i));
}

export function valueAt(vector: Vector, row: number): Value {
  if (vector.layout === "union") {
    const typeId = vector.typeIds[row] as number;
    const types = vector.type.type === "union" ? vector.type.typeIds : [];
    const child = vector.children[types.indexOf(typeId)];
    if (child === undefined) throw new Error(`no type id ${String(typeId)}`);
    return { typeId, value: valueAt(child, vector.offsets[row] as number) };
  }
  if (!isValid(vector, row)) return null;
  switch (vector.layout) {
    case "null":
      return null;
    case "bool":
      return bitAt(vector.bits, row);
    case "fixed":
      return fixedValue(
        vector.type,
        vector.data.subarray(row * vector.width, (row + 1) * vector.width),
      );
    case "bytes": {
      const bytes = vector.data.subarray(
        vector.offsets[row],
        vector.offsets[row + 1],
      );
      if (vector.type.type === "binary") return new Uint8Array(bytes);
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        bytes,
      );
    }
    case "list": {
      const items: Value[] = [];
      const end = vector.offsets[row + 1] as number;
      for (let k = vector.offsets[row] as number; k < end; k++) {
        items.push(valueAt(vector.child, k));
      }
      return items;
    }
    case "struct":
      return vector.children.map((child) => valueAt(child, row));
  }
}

function fixedValue(type: DataType, bytes: Uint8Array): Value {
  if (type.type === "fixed_size_binary") return new Uint8Array(bytes);
  if (type.type === "interval") {
    let at = 0;
    return intervalBits[type.unit].map((bits) => {
      at += bits / 8;
      return integer(bytes.subarray(at - bits / 8, at), true);
    });
  }
  if (type.type !== "float") {
    return integer(bytes, type.type !== "int" || type.signed);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (type.bits === 16) return halfFloat(view.getUint16(0, true));
  return type.bits === 32 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

function integer(bytes: Uint8Array, signed: boolean): bigint {
  const hex = Buffer.from(bytes).reverse().toString("hex");
  const value = BigInt(`0x${hex}`);
  return signed ? BigInt.asIntN(8 * bytes.length, value) : value;
}
