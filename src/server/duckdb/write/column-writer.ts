import { canonicalType } from "../../../arrow/canonical.js";
import type { DataType, Field } from "../../../arrow/schema.js";
import { Failure } from "../../../failure.js";
import type { DuckDB } from "../binding.js";
import type { ColumnType, Member, ScalarId } from "../column-type.js";
import { bytesWriter, fixedBytesWriter, writeBytes } from "./bytes.js";
import {
  decimalColumn,
  decimalCopy,
  decimalTexts,
  hugeintCopy,
} from "./decimal.js";
import type { DecimalType } from "./decimal.js";
import {
  dateMillis,
  durationCopy,
  finiteDay,
  finiteTimestamp,
  fixedWriter,
  halfCopy,
  instantCopy,
  intervalCopy,
  timeCopy,
} from "./fixed.js";
import type { FixedCopy } from "./fixed.js";
import {
  arrayWriter,
  boolWriter,
  listWriter,
  mapWriter,
  nullWriter,
  structWriter,
  unionWriter,
} from "./nested.js";
import type { ColumnWriter } from "./rows.js";

type Of<T extends DataType["type"]> = Extract<DataType, { readonly type: T }>;

const signed: Readonly<Record<8 | 16 | 32 | 64, ScalarId>> = {
  8: "TINYINT",
  16: "SMALLINT",
  32: "INTEGER",
  64: "BIGINT",
};
const unsigned: Readonly<Record<8 | 16 | 32 | 64, ScalarId>> = {
  8: "UTINYINT",
  16: "USMALLINT",
  32: "UINTEGER",
  64: "UBIGINT",
};
const timestamps: Readonly<Record<Of<"timestamp">["unit"], ScalarId>> = {
  s: "TIMESTAMP_S",
  ms: "TIMESTAMP_MS",
  us: "TIMESTAMP",
  ns: "TIMESTAMP_NS",
};

/** DuckDB's ARRAY has 1 to 100,000 items (https://duckdb.org/docs/stable/sql/data_types/array). */
const arraySizeMax = 100_000;

/**
 * The writer of an Arrow type, and with it the DuckDB type that holds its values exactly. Where DuckDB has no
 * such type: null → INTEGER, float16 → FLOAT, fixed_size_binary → BLOB, date in ms → DATE, duration → INTERVAL
 * of microseconds, timestamp with a timezone → TIMESTAMPTZ; decimals see `decimalColumn`. A value that would
 * lose something on the way is a Failure.
 * @param where the column as errors name it, such as `column "a"`.
 * @throws Failure(unsupported) for a struct or union without fields, and unions of more than 256.
 */
export function columnWriter(
  duckdb: DuckDB,
  given: DataType,
  where: string,
): ColumnWriter {
  const type = canonicalType(given);
  const fixed = (id: ScalarId, copy: FixedCopy) =>
    fixedWriter(duckdb, { id }, copy);
  switch (type.type) {
    case "null":
      return nullWriter(duckdb);
    case "bool":
      return boolWriter(duckdb);
    case "int":
      return fixed((type.signed ? signed : unsigned)[type.bits], {
        width: type.bits / 8,
      });
    case "float":
      if (type.bits === 16) return fixed("FLOAT", halfCopy);
      return fixed(type.bits === 32 ? "FLOAT" : "DOUBLE", {
        width: type.bits / 8,
      });
    case "decimal":
      return decimalWriter(duckdb, type, where);
    case "utf8":
      return bytesWriter(duckdb, "VARCHAR", where);
    case "binary":
      return bytesWriter(duckdb, "BLOB", where);
    case "fixed_size_binary":
      return fixedBytesWriter(duckdb, where);
    case "date":
      return fixed("DATE", {
        width: 4,
        check: type.unit === "day" ? finiteDay(where) : undefined,
        convert: type.unit === "ms" ? dateMillis(where) : undefined,
      });
    case "time":
      return fixed(
        type.unit === "ns" ? "TIME_NS" : "TIME",
        timeCopy(where, type.unit),
      );
    case "timestamp":
      if (type.timezone !== undefined)
        return fixed("TIMESTAMPTZ", instantCopy(where, type.unit));
      return fixed(timestamps[type.unit], {
        width: 8,
        check: finiteTimestamp(where),
      });
    case "duration":
      return fixed("INTERVAL", durationCopy(where, type.unit));
    case "interval":
      return fixed("INTERVAL", intervalCopy(where, type.unit));
    case "list":
    case "fixed_size_list":
      return itemsWriter(duckdb, type, where);
    case "struct":
      return membersWriter(duckdb, type, where);
    case "map":
      return entriesWriter(duckdb, type, where);
    case "union":
      return choiceWriter(duckdb, type, where);
    case "dictionary":
    case "run_end_encoded":
      throw new Failure("internal", `${where} is not canonical`);
  }
}

function decimalWriter(
  duckdb: DuckDB,
  type: DecimalType,
  where: string,
): ColumnWriter {
  const column = decimalColumn(type);
  if (column.id === "DECIMAL")
    return fixedWriter(duckdb, column, decimalCopy(type, column.width, where));
  if (column.id === "HUGEINT")
    return fixedWriter(duckdb, column, hugeintCopy(type, where));
  return decimalTextWriter(duckdb, type, where);
}

/** Writer of a decimal as its exact text, which DuckDB casts to any number type. */
export function decimalTextWriter(
  duckdb: DuckDB,
  type: DecimalType,
  where: string,
): ColumnWriter {
  return {
    type: { id: "VARCHAR" },
    write: (target, rows) => {
      writeBytes(duckdb, target, decimalTexts(rows, type), "VARCHAR", where);
    },
  };
}

function itemsWriter(
  duckdb: DuckDB,
  type: Of<"list"> | Of<"fixed_size_list">,
  where: string,
): ColumnWriter {
  const item = columnWriter(duckdb, type.item.type, `${where}, item`);
  if (
    type.type === "fixed_size_list" &&
    type.size > 0 &&
    type.size <= arraySizeMax
  ) {
    const array: ColumnType = { id: "ARRAY", item: item.type, size: type.size };
    return arrayWriter(duckdb, array, item, type.size);
  }
  return listWriter(duckdb, { id: "LIST", item: item.type }, item);
}

function membersWriter(
  duckdb: DuckDB,
  type: Of<"struct">,
  where: string,
): ColumnWriter {
  const { writers, members } = membersOf(duckdb, type.fields, "field", where);
  return structWriter(duckdb, { id: "STRUCT", fields: members }, writers);
}

function choiceWriter(
  duckdb: DuckDB,
  type: Of<"union">,
  where: string,
): ColumnWriter {
  const { writers, members } = membersOf(duckdb, type.fields, "member", where);
  if (members.length > 256)
    throw new Failure(
      "unsupported",
      `${where} is a union of ${String(members.length)} types; DuckDB's UNION has at most 256`,
    );
  const union = { id: "UNION", fields: members } as const;
  return unionWriter(duckdb, union, type.typeIds, writers);
}

function membersOf(
  duckdb: DuckDB,
  fields: readonly Field[],
  noun: string,
  where: string,
) {
  if (fields.length === 0)
    throw new Failure(
      "unsupported",
      `${where} has a type without any ${noun}, which DuckDB does not have`,
    );
  const writers = fields.map((field) =>
    columnWriter(duckdb, field.type, `${where}, ${noun} "${field.name}"`),
  );
  const members: Member[] = writers.map((writer, i) => ({
    name: fields[i]?.name ?? "",
    type: writer.type,
  }));
  return { writers, members };
}

function entriesWriter(
  duckdb: DuckDB,
  type: Of<"map">,
  where: string,
): ColumnWriter {
  const { type: entries } = type.entries;
  if (entries.type !== "struct" || entries.fields.length !== 2)
    throw new Failure("invalid_data", `${where}: a map without key and value`);
  const [key, value] = (["key", "value"] as const).map((noun, i) =>
    columnWriter(
      duckdb,
      (entries.fields[i] as Field).type,
      `${where}, ${noun}`,
    ),
  ) as [ColumnWriter, ColumnWriter];
  const struct: ColumnType = {
    id: "STRUCT",
    fields: [
      { name: "key", type: key.type },
      { name: "value", type: value.type },
    ],
  };
  const map: ColumnType = { id: "MAP", key: key.type, value: value.type };
  return mapWriter(
    duckdb,
    map,
    structWriter(duckdb, struct, [key, value]),
    where,
  );
}
