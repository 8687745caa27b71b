import type { DataType } from "./schema.js";

/**
 * The closed set that every mapping in the program is a table over (JSON Schema, DDL, JSON text).
 * Widths, offsets, views, dictionaries and runs are folded away; what remains is what a value means.
 */
export type Kind =
  | "null"
  | "bool"
  | "int"
  | "uint64"
  | "float"
  | "decimal"
  | "utf8"
  | "binary"
  | "date"
  | "time"
  | "timestamp"
  | "duration"
  | "interval"
  | "list"
  | "struct"
  | "map"
  | "union";

/** Kind of any Arrow type; a dictionary has the kind of its values, and so have runs. */
export function kindOf(type: DataType): Kind {
  switch (type.type) {
    case "int":
      return type.bits === 64 && !type.signed ? "uint64" : "int";
    case "fixed_size_binary":
      return "binary";
    case "fixed_size_list":
      return "list";
    case "dictionary":
      return kindOf(type.value);
    case "run_end_encoded":
      return kindOf(type.values.type);
    case "null":
    case "bool":
    case "float":
    case "decimal":
    case "utf8":
    case "binary":
    case "date":
    case "time":
    case "timestamp":
    case "duration":
    case "interval":
    case "list":
    case "struct":
    case "map":
    case "union":
      return type.type;
  }
}
