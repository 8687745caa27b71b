import { binary, bool, field, int32, uint32, utf8 } from "../arrow/schema.js";
import type { DataType, Field, Schema } from "../arrow/schema.js";

/** The exact schemas of Flight SQL's metadata commands (format/FlightSql.proto of apache/arrow). */
function text(name: string, nullable = false): Field {
  return field(name, utf8, nullable);
}

const tableFields = [
  text("catalog_name", true),
  text("db_schema_name", true),
  text("table_name"),
];

const keyFields = ["pk", "fk"].flatMap((side) => [
  text(`${side}_catalog_name`, true),
  text(`${side}_db_schema_name`, true),
  text(`${side}_table_name`),
  text(`${side}_column_name`),
]);

/** A dense union whose members are numbered from 0 in this order. */
export const sqlInfoValue: DataType = {
  type: "union",
  mode: "dense",
  typeIds: [0, 1, 2, 3, 4, 5],
  fields: [
    text("string_value"),
    field("bool_value", { type: "bool" }, false),
    field("bigint_value", { type: "int", bits: 64, signed: true }, false),
    field("int32_bitmask", int32, false),
    field("string_list", listOf(utf8)),
    field("int32_to_int32_list_map", {
      type: "map",
      keysSorted: false,
      entries: field(
        "entries",
        {
          type: "struct",
          fields: [field("key", int32, false), field("value", listOf(int32))],
        },
        false,
      ),
    }),
  ],
};

function listOf(type: DataType): DataType {
  return { type: "list", addressing: "offset32", item: field("item", type) };
}

export const metadataSchemas = {
  catalogs: { fields: [text("catalog_name")] },
  dbSchemas: { fields: [text("catalog_name", true), text("db_schema_name")] },
  tables: { fields: [...tableFields, text("table_type")] },
  tablesWithSchema: {
    fields: [
      ...tableFields,
      text("table_type"),
      field("table_schema", binary, false),
    ],
  },
  tableTypes: { fields: [text("table_type")] },
  primaryKeys: {
    fields: [
      ...tableFields,
      text("column_name"),
      field("key_sequence", int32, false),
      text("key_name", true),
    ],
  },
  foreignKeys: {
    fields: [
      ...keyFields,
      field("key_sequence", int32, false),
      text("fk_key_name", true),
      text("pk_key_name", true),
      field("update_rule", { type: "int", bits: 8, signed: false }, false),
      field("delete_rule", { type: "int", bits: 8, signed: false }, false),
    ],
  },
  xdbcTypes: {
    fields: [
      text("type_name"),
      field("data_type", int32, false),
      field("column_size", int32),
      text("literal_prefix", true),
      text("literal_suffix", true),
      field("create_params", {
        type: "list",
        addressing: "offset32",
        item: text("item"),
      }),
      field("nullable", int32, false),
      field("case_sensitive", bool, false),
      field("searchable", int32, false),
      field("unsigned_attribute", bool),
      field("fixed_prec_scale", bool, false),
      field("auto_increment", bool),
      text("local_type_name", true),
      field("minimum_scale", int32),
      field("maximum_scale", int32),
      field("sql_data_type", int32, false),
      field("datetime_subcode", int32),
      field("num_prec_radix", int32),
      field("interval_precision", int32),
    ],
  },
  sqlInfo: {
    fields: [
      field("info_name", uint32, false),
      field("value", sqlInfoValue, false),
    ],
  },
} as const satisfies Record<string, Schema>;
