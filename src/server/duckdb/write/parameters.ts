import type { Value } from "@duckdb/node-bindings";
import type { Batch } from "../../../arrow/batch.js";
import type { Schema } from "../../../arrow/schema.js";
import type { UnionVector, Vector } from "../../../arrow/vector.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import { typeHandle } from "../column-type.js";
import { columnReader } from "../read/column-reader.js";
import { columnWriter } from "./column-writer.js";
import { rowsOf } from "./rows.js";
import { valueOf } from "./values.js";

/** Values for the parameters of a statement, in the order of the parameters. */
export type ParameterRow = readonly Value[];

type ValueAt = (row: number) => Value;

/**
 * Rows of a batch as values to bind. Each value has the type that a column ingested from the batch would have,
 * as it takes the same way into DuckDB. A union at the top binds the member that the row has, whatever it is:
 * that is how clients send parameters whose type the server could not tell.
 * @param order for each parameter the field of the batch that it takes.
 * @throws Failure(unsupported | invalid_data) for what DuckDB cannot hold.
 */
export function* parameterRows(
  duckdb: DuckDB,
  batch: Batch,
  order: readonly number[],
): Generator<ParameterRow> {
  const columns = order.map((at) =>
    columnValues(
      duckdb,
      batch.vectors[at] as Vector,
      `parameter "${batch.schema.fields[at]?.name ?? ""}"`,
    ),
  );
  for (let row = 0; row < batch.length; row++)
    yield columns.map((valueAt) => valueAt(row));
}

/**
 * Which field each parameter takes: that of its name where every parameter has one (`$name`), else the one at
 * its place, whatever it is called.
 * @throws Failure(invalid_input) when there are more fields than parameters, or fewer.
 */
export function parameterOrder(
  names: readonly string[],
  { fields }: Schema,
): readonly number[] {
  if (fields.length !== names.length)
    throw new Failure(
      "invalid_input",
      `the statement has ${String(names.length)} parameters and ${String(fields.length)} were given`,
    );
  const byName = names.map((name) =>
    fields.findIndex((field) => field.name === name),
  );
  return byName.includes(-1) ? names.map((_, i) => i) : byName;
}

function columnValues(duckdb: DuckDB, vector: Vector, where: string): ValueAt {
  if (vector.layout === "null") return () => duckdb.create_null_value();
  if (vector.layout === "union") return memberValues(duckdb, vector, where);
  const writer = columnWriter(duckdb, vector.type, where);
  const reader = columnReader(duckdb, writer.type, where);
  const size = duckdb.vector_size();
  const parts: Vector[] = [];
  for (let start = 0; start < vector.length; start += size) {
    const length = Math.min(size, vector.length - start);
    const chunk = duckdb.create_data_chunk([typeHandle(duckdb, writer.type)]);
    const target = duckdb.data_chunk_get_vector(chunk, 0);
    writer.write(target, rowsOf(vector, start, length));
    duckdb.data_chunk_set_size(chunk, length);
    const pieces = [{ vector: target, start: 0, end: length }];
    parts.push(reader.open({ pieces, length, mask: undefined }).read());
  }
  return (row) => {
    const part = parts[Math.floor(row / size)] as Vector;
    return valueOf(duckdb, writer.type, part, row % size);
  };
}

function memberValues(
  duckdb: DuckDB,
  vector: UnionVector,
  where: string,
): ValueAt {
  const ids = vector.type.type === "union" ? vector.type.typeIds : [];
  const members = vector.children.map((child) =>
    columnValues(duckdb, child, where),
  );
  return (row) => {
    const member = members[ids.indexOf(vector.typeIds[row] as number)];
    if (member === undefined)
      throw new Failure("invalid_data", `${where} has an unknown union type`);
    return member(vector.offsets[row] as number);
  };
}
