import {
  Data,
  type DataType as ApacheType,
  RecordBatch,
  RecordBatchReader,
  type Schema as ApacheSchema,
  Struct,
  Table,
} from "apache-arrow";
import { Failure } from "../failure.js";
import { sliceVector } from "./slice.js";
import type { Batch } from "./batch.js";
import { fixedSizeItems, sparseChildren } from "./encode-batch.js";
import { encodeStream } from "./ipc-stream.js";
import type { DataType, Schema } from "./schema.js";
import type { FixedVector, ListVector, UnionVector, Vector } from "./vector.js";

interface ApacheTypes {
  readonly schema: ApacheSchema;
  readonly row: Struct;
}

const knownTypes = new WeakMap<Schema, ApacheTypes>();

/**
 * The batch as apache-arrow has it, for programs that use that library. No values are copied, except where
 * apache-arrow wants them elsewhere: items of fixed-size lists behind a null, and rows of sparse unions.
 * @throws Failure(unsupported) when apache-arrow cannot read the types.
 */
export function toRecordBatch(batch: Batch): RecordBatch {
  const { schema, row } = typesOf(batch.schema);
  const columns = batch.vectors.map((vector, i) =>
    dataOf(vector, typeAt(row, i)),
  );
  const data = new Data(row, 0, batch.length, 0, undefined, columns);
  return new RecordBatch(schema, data);
}

/** @throws Failure(unsupported) when apache-arrow cannot read the types. */
export function toApacheSchema(schema: Schema): ApacheSchema {
  return typesOf(schema).schema;
}

/** A table of batches that have `schema`. */
export function toTable(
  schema: ApacheSchema,
  batches: readonly RecordBatch[],
): Table {
  return new Table(schema, [...batches]);
}

/** A schema's types cross over as an IPC message, once; `Schema` objects live as long as their streams. */
function typesOf(schema: Schema): ApacheTypes {
  const known = knownTypes.get(schema);
  if (known !== undefined) return known;
  let apache: ApacheSchema;
  try {
    apache = RecordBatchReader.from(encodeStream(schema, [])).open().schema;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      "unsupported",
      `${reason} (apache-arrow, reading a schema)`,
      { cause },
    );
  }
  const types = { schema: apache, row: new Struct(apache.fields) };
  knownTypes.set(schema, types);
  return types;
}

function typeAt(parent: ApacheType, index: number): ApacheType {
  // ApacheType declares its children without a type of their own.
  const children = parent.children as
    readonly { readonly type: ApacheType }[] | null;
  const child = children?.[index];
  if (child !== undefined) return child.type;
  throw new Failure(
    "internal",
    `apache-arrow made a type without child ${String(index)}`,
  );
}

const noBytes = new Uint8Array(0);
/** Of a Data whose nulls nobody counted yet: it counts them when it is asked. */
const uncounted = -1;

function dataOf(vector: Vector, type: ApacheType): Data {
  const { length, validity = noBytes } = vector;
  const nulls = vector.validity === undefined ? 0 : uncounted;
  switch (vector.layout) {
    case "null":
      return new Data(type, 0, length, length);
    case "bool":
      return new Data(type, 0, length, nulls, [
        undefined,
        vector.bits,
        validity,
      ]);
    case "fixed":
      return new Data(type, 0, length, nulls, [
        undefined,
        typedValues(vector),
        validity,
      ]);
    case "bytes":
      return new Data(type, 0, length, nulls, [
        vector.offsets,
        vector.data,
        validity,
      ]);
    case "list":
      return listOf(vector, type, nulls, validity);
    case "struct": {
      const children = vector.children.map((child, i) =>
        dataOf(child, typeAt(type, i)),
      );
      const buffers = buffersOf(undefined, validity);
      return new Data(type, 0, length, nulls, buffers, children);
    }
    case "union":
      return unionOf(vector, type);
  }
}

function listOf(
  vector: ListVector,
  type: ApacheType,
  nulls: number,
  validity: Uint8Array,
): Data {
  const { offsets, items } =
    vector.type.type === "fixed_size_list"
      ? { offsets: undefined, items: fixedSizeItems(vector, vector.type.size) }
      : itemsFromFirst(vector);
  const buffers = buffersOf(offsets, validity);
  const children = [dataOf(items, typeAt(type, 0))];
  return new Data(type, 0, vector.length, nulls, buffers, children);
}

/** Only the items that the lists have: apache-arrow's writer would slice the others off, and writes slices of unions wrong. */
function itemsFromFirst({ offsets, length, child }: ListVector) {
  const first = offsets[0] as number;
  const end = offsets[length] as number;
  if (first === 0 && end === child.length) return { offsets, items: child };
  return {
    offsets: offsets.subarray(0, length + 1).map((offset) => offset - first),
    items: sliceVector(child, first, end),
  };
}

function unionOf(vector: UnionVector, type: ApacheType): Data {
  const { length, typeIds } = vector;
  const isSparse =
    vector.type.type === "union" && vector.type.mode === "sparse";
  const children = isSparse
    ? sparseChildren(vector, vector.type.typeIds)
    : vector.children;
  const offsets = isSparse ? undefined : vector.offsets;
  const buffers = buffersOf(offsets, noBytes, typeIds);
  const data = children.map((child, i) => dataOf(child, typeAt(type, i)));
  return new Data(type, 0, length, 0, buffers, data);
}

/** Buffers of a type without values of its own, where `Data` wants them. */
function buffersOf(
  offsets: Int32Array | undefined,
  validity: Uint8Array,
  typeIds?: Int8Array,
): NonNullable<ConstructorParameters<typeof Data>[4]> {
  return { 0: offsets, 2: validity, 3: typeIds };
}

/** The array that apache-arrow keeps values of a type in. */
function typedValues({ type, width, data, length }: FixedVector) {
  const array = arrayOf(type);
  const count = (length * width) / array.BYTES_PER_ELEMENT;
  // Whatever memory it is: apache-arrow only reads it.
  return new array(data.buffer as ArrayBuffer, data.byteOffset, count);
}

const signedArrays = {
  8: Int8Array,
  16: Int16Array,
  32: Int32Array,
  64: BigInt64Array,
} as const;
const unsignedArrays = {
  8: Uint8Array,
  16: Uint16Array,
  32: Uint32Array,
  64: BigUint64Array,
} as const;
const floatArrays = {
  16: Uint16Array,
  32: Float32Array,
  64: Float64Array,
} as const;

function arrayOf(type: DataType) {
  switch (type.type) {
    case "int":
      return (type.signed ? signedArrays : unsignedArrays)[type.bits];
    case "float":
      return floatArrays[type.bits];
    case "decimal":
      return Uint32Array;
    case "date":
      return type.unit === "day" ? Int32Array : BigInt64Array;
    case "time":
      return type.unit === "s" || type.unit === "ms"
        ? Int32Array
        : BigInt64Array;
    case "timestamp":
    case "duration":
      return BigInt64Array;
    case "interval":
      return Int32Array;
    default:
      return Uint8Array;
  }
}
