import { boolean, integer, text, texts } from "./column-table.js";
import type { RowOf } from "./column-table.js";

/** Columns of the answer to CommandGetXdbcTypeInfo (proto/FlightSql.proto), as ODBC's SQLGetTypeInfo has them. */
export const xdbcTypeInfoColumns = {
  required: {
    typeName: text("type_name"),
    /** Value of XdbcDataType, -4 (binary) for instance. */
    dataType: integer("data_type"),
  },
  optional: {
    columnSize: integer("column_size"),
    literalPrefix: text("literal_prefix"),
    literalSuffix: text("literal_suffix"),
    createParams: texts("create_params"),
    /** 0 no, 1 yes, 2 unknown. */
    nullable: integer("nullable"),
    caseSensitive: boolean("case_sensitive"),
    /** 0 none, 1 LIKE only, 2 all but LIKE, 3 full. */
    searchable: integer("searchable"),
    unsignedAttribute: boolean("unsigned_attribute"),
    fixedPrecScale: boolean("fixed_prec_scale"),
    autoIncrement: boolean("auto_increment"),
    localTypeName: text("local_type_name"),
    minimumScale: integer("minimum_scale"),
    maximumScale: integer("maximum_scale"),
    sqlDataType: integer("sql_data_type"),
    datetimeSubcode: integer("datetime_subcode"),
    numPrecRadix: integer("num_prec_radix"),
    intervalPrecision: integer("interval_precision"),
  },
} as const;

/** A data type of the server. */
export type XdbcTypeInfo = RowOf<typeof xdbcTypeInfoColumns>;
