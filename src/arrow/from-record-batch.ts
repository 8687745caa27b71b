import {
  type Data,
  DataType as ApacheType,
  type RecordBatch,
  RecordBatchStreamWriter,
  type Schema as ApacheSchema,
} from "apache-arrow";
import { Failure } from "../failure.js";
import { type Batch, batchOf } from "./batch.js";
import { sliceBits } from "./bits.js";
import { fixedWidth } from "./canonical.js";
import { concatVectors } from "./concat.js";
import { dictionaryRows, narrowOffsets, rowNumbers } from "./decode-layout.js";
import { emptyVector } from "./empty-vector.js";
import { decodeStream, type IpcStream } from "./ipc-stream.js";
import type { DataType, Field, Schema } from "./schema.js";
import { takeRows } from "./take.js";
import type { Vector } from "./vector.js";

const knownSchemas = new WeakMap<ApacheSchema, Schema>();

/**
 * A batch of apache-arrow with canonical vectors: dictionaries are expanded, and 64-bit offsets become 32-bit.
 * Values that need not be rearranged stay where they are, so that the record batch must not change.
 * @throws Failure(unsupported) when apache-arrow cannot write its types.
 */
export function fromRecordBatch(recordBatch: RecordBatch): Batch {
  const schema = fromApacheSchema(recordBatch.schema);
  const { children } = recordBatch.data;
  if (children.some(hasViews)) return copyOf(recordBatch);
  const vectors = schema.fields.map(({ name, type }, i) => {
    const column = children[i];
    if (column !== undefined) return vectorOf(column, type);
    throw new Failure("invalid_input", `column ${name} has no data`);
  });
  return batchOf(schema, vectors, recordBatch.numRows);
}

/** The canonical schema of batches. @throws Failure(unsupported) when apache-arrow cannot write its types. */
export function fromApacheSchema(apache: ApacheSchema): Schema {
  const known = knownSchemas.get(apache);
  if (known !== undefined) return known;
  // The types cross over as an IPC message, once.
  const writer = new RecordBatchStreamWriter();
  const schema = throughIpc("schema", () =>
    writer.reset(undefined, apache).finish(),
  ).schema;
  knownSchemas.set(apache, schema);
  return schema;
}

function throughIpc(
  what: string,
  write: () => RecordBatchStreamWriter,
): IpcStream {
  let bytes: Uint8Array;
  try {
    bytes = write().toUint8Array(true);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(
      "unsupported",
      `${reason} (apache-arrow, writing a ${what})`,
      { cause },
    );
  }
  return decodeStream(bytes);
}

/** All of the batch through an IPC stream, which knows every encoding. */
function copyOf(recordBatch: RecordBatch): Batch {
  const { batches } = throughIpc("batch", () =>
    RecordBatchStreamWriter.writeAll([recordBatch]),
  );
  const [batch] = batches;
  if (batch !== undefined) return batch;
  throw new Failure("internal", "apache-arrow wrote no batch");
}

/** Views are rare in apache-arrow, and the reader of IPC knows them. */
function hasViews({ type, children, dictionary }: Data): boolean {
  return (
    ApacheType.isUtf8View(type) ||
    ApacheType.isBinaryView(type) ||
    children.some(hasViews) ||
    dictionary?.data.some(hasViews) === true
  );
}

/**
 * apache-arrow's slices cut all buffers but bitmaps, which start at bit `offset`, and the children of lists.
 * @param type canonical.
 */
function vectorOf(data: Data, type: DataType): Vector {
  const { length } = data;
  if (ApacheType.isDictionary(data.type)) return expanded(data, type);
  const validity = validityOf(data);
  switch (type.type) {
    case "null":
      return { layout: "null", type, length, validity: undefined };
    case "bool": {
      const { offset } = data;
      const bits = sliceBits(bytesOf(data.values), offset, offset + length);
      return { layout: "bool", type, length, validity, bits };
    }
    case "utf8":
    case "binary": {
      const offsets = offsetsOf(data);
      const bytes = bytesOf(data.values);
      return { layout: "bytes", type, length, validity, offsets, data: bytes };
    }
    case "list":
    case "map":
    case "fixed_size_list": {
      const item = type.type === "map" ? type.entries : type.item;
      const child = childOf(data, 0, item);
      const offsets =
        type.type === "fixed_size_list"
          ? rowNumbers(length + 1).map((row) => row * type.size)
          : offsetsOf(data);
      return { layout: "list", type, length, validity, offsets, child };
    }
    case "struct": {
      const children = type.fields.map((field, i) => childOf(data, i, field));
      return { layout: "struct", type, length, validity, children };
    }
    case "union":
      return unionOf(data, type);
    default: {
      const width = fixedWidth(type) ?? 0;
      const bytes = bytesOf(data.values).subarray(0, length * width);
      const values = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
      return { layout: "fixed", type, length, validity, width, data: values };
    }
  }
}

function validityOf(data: Data): Uint8Array | undefined {
  const { nullBitmap, offset, length } = data;
  // Its own type says that there always is a bitmap.
  const bitmap = nullBitmap as Uint8Array | undefined;
  if (bitmap === undefined || bitmap.length === 0) return undefined;
  if (data.nullCount === 0) return undefined;
  return sliceBits(bitmap, offset, offset + length);
}

function childOf(data: Data, index: number, field: Field): Vector {
  const child = data.children[index];
  if (child !== undefined) return vectorOf(child, field.type);
  throw new Failure("invalid_input", `field ${field.name} has no data`);
}

function unionOf(
  data: Data,
  type: Extract<DataType, { readonly type: "union" }>,
): Vector {
  const { length } = data;
  const typeIds = new Int8Array(bytesOf(data.typeIds).slice(0, length).buffer);
  const children = type.fields.map((field, i) => childOf(data, i, field));
  const offsets = type.mode === "dense" ? offsetsOf(data) : rowNumbers(length);
  return {
    layout: "union",
    type,
    length,
    validity: undefined,
    typeIds,
    offsets: offsets.subarray(0, length),
    children,
  };
}

function expanded(data: Data, type: DataType): Vector {
  const dictionary = data.dictionary?.data as readonly Data[] | undefined;
  const chunks = (dictionary ?? []).map((chunk) => vectorOf(chunk, type));
  const [first = emptyVector(type), ...rest] = chunks;
  const values = concatVectors([first, ...rest]);
  const indices = data.values as ArrayLike<number | bigint>;
  const numbers = Float64Array.from({ length: data.length }, (_, row) =>
    Number(indices[row]),
  );
  return takeRows(
    values,
    dictionaryRows(numbers, validityOf(data), values.length),
  );
}

/** Offsets of a list, of bytes or into the children of a union, as 32-bit ones. */
function offsetsOf(data: Data): Int32Array {
  const offsets = data.valueOffsets as Int32Array | BigInt64Array;
  if (offsets instanceof Int32Array)
    return offsets.length === 0 ? new Int32Array(1) : offsets;
  return narrowOffsets(bytesOf(offsets));
}

/** A buffer as bytes, in place. Its own type says nothing. */
function bytesOf(buffer: unknown): Uint8Array {
  if (!ArrayBuffer.isView(buffer)) return new Uint8Array(0);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
