import { integer, text } from "./column-table.js";
import type { RowOf } from "./column-table.js";

/** Values of `updateRule` and `deleteRule` (proto/FlightSql.proto, enum UpdateDeleteRules). */
export const UpdateDeleteRules = {
  CASCADE: 0,
  RESTRICT: 1,
  SET_NULL: 2,
  NO_ACTION: 3,
  SET_DEFAULT: 4,
} as const;

/** Columns of the answers to CommandGetImportedKeys, CommandGetExportedKeys and CommandGetCrossReference. */
export const foreignKeyColumns = {
  required: {
    pkTable: text("pk_table_name"),
    pkColumn: text("pk_column_name"),
    fkTable: text("fk_table_name"),
    fkColumn: text("fk_column_name"),
    /** Place in the key; from 1, with some servers from 0. */
    keySequence: integer("key_sequence"),
  },
  optional: {
    pkCatalog: text("pk_catalog_name"),
    pkDbSchema: text("pk_db_schema_name"),
    fkCatalog: text("fk_catalog_name"),
    fkDbSchema: text("fk_db_schema_name"),
    pkName: text("pk_key_name"),
    fkName: text("fk_key_name"),
    updateRule: integer("update_rule"),
    deleteRule: integer("delete_rule"),
  },
} as const;

/** One column of a foreign key, and the column that it refers to. */
export type ForeignKeyColumn = RowOf<typeof foreignKeyColumns>;
