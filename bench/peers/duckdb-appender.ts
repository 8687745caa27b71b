// Rows into a table value by value, as DuckDB's documentation of the appender shows it.
import {
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBAppender,
} from "@duckdb/node-api";
import type { Batch } from "../../src/arrow/batch.js";
import {
  isValid,
  type FixedVector,
  type Vector,
} from "../../src/arrow/vector.js";
import { loadTable } from "../stored-batches.js";
import { argument, timed } from "../timed.js";

const { database, table } = argument() as {
  readonly database: string;
  readonly table: string;
};
const batches = await loadTable(database, table);
const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`ATTACH '${database}' AS bench (READ_ONLY)`);

type Append = (row: number) => void;

/** A function that appends one value of a column. */
function appendOf(appender: DuckDBAppender, vector: Vector): Append {
  const append = appendValueOf(appender, vector);
  if (vector.validity === undefined) return append;
  return (row) => {
    if (isValid(vector, row)) append(row);
    else appender.appendNull();
  };
}

function appendValueOf(appender: DuckDBAppender, vector: Vector): Append {
  if (vector.layout === "bytes") {
    const { offsets } = vector;
    const text = Buffer.from(
      vector.data.buffer,
      vector.data.byteOffset,
      vector.data.byteLength,
    );
    return (row) => {
      appender.appendVarchar(
        text.toString("utf8", offsets[row], offsets[row + 1]),
      );
    };
  }
  if (vector.layout !== "fixed")
    throw new Error(`no values of ${vector.type.type}`);
  const { buffer, byteOffset } = vector.data;
  switch (sqlTypeOf(vector)) {
    case "INTEGER": {
      const values = new Int32Array(buffer, byteOffset, vector.length);
      return (row) => {
        appender.appendInteger(values[row] as number);
      };
    }
    case "BIGINT": {
      const values = new BigInt64Array(buffer, byteOffset, vector.length);
      return (row) => {
        appender.appendBigInt(values[row] as bigint);
      };
    }
    case "DOUBLE": {
      const values = new Float64Array(buffer, byteOffset, vector.length);
      return (row) => {
        appender.appendDouble(values[row] as number);
      };
    }
    case "TIMESTAMP": {
      const values = new BigInt64Array(buffer, byteOffset, vector.length);
      return (row) => {
        appender.appendTimestamp(
          new DuckDBTimestampValue(values[row] as bigint),
        );
      };
    }
  }
}

/** The fixed-width types that the sets use. */
function sqlTypeOf({
  type,
}: FixedVector): "INTEGER" | "BIGINT" | "DOUBLE" | "TIMESTAMP" {
  if (type.type === "int" && type.bits <= 32) return "INTEGER";
  if (type.type === "int") return "BIGINT";
  if (type.type === "float") return "DOUBLE";
  if (type.type === "timestamp" && type.unit === "us") return "TIMESTAMP";
  throw new Error(`no values of ${type.type}`);
}

function appendBatch(appender: DuckDBAppender, batch: Batch): void {
  const columns = batch.vectors.map((vector) => appendOf(appender, vector));
  for (let row = 0; row < batch.length; row++) {
    for (const append of columns) append(row);
    appender.endRow();
  }
}

// So slow that the code is warm after a small part of it.
await timed(
  "duckdb",
  async () => {
    await connection.run(
      `CREATE OR REPLACE TABLE loaded AS FROM bench.${table} LIMIT 0`,
    );
    await connection.run("BEGIN");
    const appender = await connection.createAppender("loaded");
    let rows = 0;
    let bytes = 0;
    for (const batch of batches) {
      appendBatch(appender, batch);
      rows += batch.length;
      bytes += batch.byteLength;
    }
    appender.closeSync();
    await connection.run("COMMIT");
    return { rows, bytes };
  },
  { warmUp: false },
);
