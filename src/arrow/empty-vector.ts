import { fixedWidth } from "./canonical.js";
import type { DataType } from "./schema.js";
import type { Vector } from "./vector.js";

/** A vector without rows. @param type canonical. */
export function emptyVector(type: DataType): Vector {
  const base = { type, length: 0, validity: undefined } as const;
  const offsets = new Int32Array(1);
  const data = new Uint8Array(0);
  switch (type.type) {
    case "null":
      return { layout: "null", ...base };
    case "bool":
      return { layout: "bool", ...base, bits: data };
    case "utf8":
    case "binary":
      return { layout: "bytes", ...base, offsets, data };
    case "list":
    case "fixed_size_list": {
      const child = emptyVector(type.item.type);
      return { layout: "list", ...base, offsets, child };
    }
    case "map": {
      const child = emptyVector(type.entries.type);
      return { layout: "list", ...base, offsets, child };
    }
    case "struct": {
      const children = type.fields.map((field) => emptyVector(field.type));
      return { layout: "struct", ...base, children };
    }
    case "union": {
      const children = type.fields.map((field) => emptyVector(field.type));
      const typeIds = new Int8Array(0);
      const none = new Int32Array(0);
      return { layout: "union", ...base, typeIds, offsets: none, children };
    }
    case "int":
    case "float":
    case "decimal":
    case "fixed_size_binary":
    case "date":
    case "time":
    case "timestamp":
    case "duration":
    case "interval":
    case "dictionary":
    case "run_end_encoded":
      return { layout: "fixed", ...base, width: fixedWidth(type) ?? 0, data };
  }
}
