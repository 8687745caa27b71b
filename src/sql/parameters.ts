import { batchOf, type Batch } from "../arrow/batch.js";
import { bitmapBytes, setBit } from "../arrow/bits.js";
import { kindOf } from "../arrow/kind.js";
import {
  float64,
  int64,
  utf8,
  type DataType,
  type Schema,
} from "../arrow/schema.js";
import { sliceBatch } from "../arrow/slice.js";
import { isValid, type Vector } from "../arrow/vector.js";
import { displayName, type TableName } from "../catalog.js";
import { Failure } from "../failure.js";
import type { Binding, Dialect } from "./dialect.js";
import { exactText } from "./values.js";

/** What rows of a schema are bound as; undefined when a column cannot be bound. */
export function boundSchema(
  dialect: Dialect,
  schema: Schema,
): Schema | undefined {
  const fields = schema.fields.flatMap((column) => {
    const type = boundType(dialect.bindings[kindOf(column.type)], column.type);
    return type === undefined ? [] : [{ ...column, type }];
  });
  return fields.length === schema.fields.length ? { fields } : undefined;
}

/** The rows as they are bound. @param bound of `boundSchema`. @throws Failure(invalid_data) naming the column. */
export function boundBatch(
  dialect: Dialect,
  table: TableName,
  batch: Batch,
  bound: Schema,
): Batch {
  const vectors = batch.vectors.map((vector, index) => {
    try {
      return boundVector(dialect.bindings[kindOf(vector.type)], vector);
    } catch (error) {
      const failure = Failure.from(error);
      const name = batch.schema.fields[index]?.name ?? "";
      throw new Failure(
        failure.code,
        `${failure.message} (column ${name} of ${displayName(table)})`,
        { cause: error },
      );
    }
  });
  return batchOf(bound, vectors, batch.length);
}

/** The batch in pieces of about so many bytes, at least a row each. */
export function* pieces(batch: Batch, bytesMax: number): Generator<Batch> {
  const rowBytes = batch.byteLength / Math.max(1, batch.length);
  const rows = Math.max(1, Math.floor(bytesMax / Math.max(1, rowBytes)));
  for (let start = 0; start < batch.length; start += rows)
    yield sliceBatch(batch, start, Math.min(batch.length, start + rows));
}

function boundType(binding: Binding, type: DataType): DataType | undefined {
  switch (binding) {
    case "same":
      return type;
    case "int64":
      return int64;
    case "float64":
      return float64;
    case "text":
      return utf8;
    case undefined:
      return undefined;
  }
}

function boundVector(binding: Binding, vector: Vector): Vector {
  switch (binding) {
    case "int64":
      return fixedVector(vector, int64, (view, at, row) => {
        const text = exactText(vector, row);
        const value = text === "true" ? 1n : text === "false" ? 0n : text;
        view.setBigInt64(at, BigInt(value), true);
      });
    case "float64":
      return fixedVector(vector, float64, (view, at, row) => {
        const value = Number(exactText(vector, row));
        if (Number.isNaN(value))
          throw new Failure(
            "invalid_data",
            "NaN would be stored as NULL, so the value would be lost; replace it at the source",
          );
        view.setFloat64(at, value, true);
      });
    case "text":
      return vector.layout === "bytes" && vector.type.type === "utf8"
        ? vector
        : textVector(vector);
    case "same":
    case undefined:
      return vector;
  }
}

function fixedVector(
  vector: Vector,
  type: DataType,
  set: (view: DataView, at: number, row: number) => void,
): Vector {
  const { length } = vector;
  const validity = new Uint8Array(bitmapBytes(length));
  const data = new Uint8Array(length * 8);
  const view = new DataView(data.buffer);
  for (let row = 0; row < length; row++) {
    if (!isValid(vector, row)) continue;
    setBit(validity, row);
    set(view, row * 8, row);
  }
  return { layout: "fixed", type, length, validity, width: 8, data };
}

function textVector(vector: Vector): Vector {
  const { length } = vector;
  const validity = new Uint8Array(bitmapBytes(length));
  const offsets = new Int32Array(length + 1);
  const texts: string[] = [];
  let end = 0;
  for (let row = 0; row < length; row++) {
    if (isValid(vector, row)) {
      setBit(validity, row);
      const text = exactText(vector, row);
      texts.push(text);
      end += Buffer.byteLength(text);
    }
    offsets[row + 1] = end;
  }
  const data = Buffer.from(texts.join(""));
  return { layout: "bytes", type: utf8, length, validity, offsets, data };
}
