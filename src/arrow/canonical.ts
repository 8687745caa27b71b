import type { DataType, Field, Schema } from "./schema.js";

const canonicalTypes = new WeakMap<DataType, DataType>();

/**
 * The type that a vector of `type` has once it is decoded: a dictionary becomes its value type, runs become
 * their values' type, views and 64-bit offsets become 32-bit offsets, at every depth. The same type
 * object always gives the same result object.
 */
export function canonicalType(type: DataType): DataType {
  let canonical = canonicalTypes.get(type);
  if (canonical === undefined) {
    canonical = fold(type);
    canonicalTypes.set(type, canonical);
  }
  return canonical;
}

/** The schema that decoded batches have: canonical types, all else as it was. */
export function canonicalSchema(schema: Schema): Schema {
  return { ...schema, fields: schema.fields.map(canonicalField) };
}

function canonicalField(field: Field): Field {
  const { type } = field;
  const canonical = canonicalType(type);
  const nullable = field.nullable || hasNullableRuns(type);
  if (canonical === type && nullable === field.nullable) return field;
  return { ...field, type: canonical, nullable };
}

/** Runs keep their nulls in the values, whatever the outer field says. */
function hasNullableRuns(type: DataType): boolean {
  if (type.type !== "run_end_encoded") return false;
  return type.values.nullable || hasNullableRuns(type.values.type);
}

function fold(type: DataType): DataType {
  switch (type.type) {
    case "null":
    case "bool":
    case "int":
    case "float":
    case "decimal":
    case "fixed_size_binary":
    case "date":
    case "time":
    case "timestamp":
    case "duration":
    case "interval":
      return type;
    case "utf8":
    case "binary":
      if (type.addressing === "offset32") return type;
      return { type: type.type, addressing: "offset32" };
    case "dictionary":
      return canonicalType(type.value);
    case "run_end_encoded":
      return canonicalType(type.values.type);
    case "list": {
      const item = canonicalField(type.item);
      if (item === type.item && type.addressing === "offset32") return type;
      return { type: "list", addressing: "offset32", item };
    }
    case "fixed_size_list": {
      const item = canonicalField(type.item);
      return item === type.item ? type : { ...type, item };
    }
    case "map": {
      const entries = canonicalField(type.entries);
      return entries === type.entries ? type : { ...type, entries };
    }
    case "struct":
    case "union": {
      const fields = type.fields.map(canonicalField);
      const same = fields.every((field, i) => field === type.fields[i]);
      return same ? type : { ...type, fields };
    }
  }
}

/** Bytes per value of the types with a "fixed" vector, undefined for the others. */
export function fixedWidth(type: DataType): number | undefined {
  switch (type.type) {
    case "int":
    case "float":
    case "decimal":
      return type.bits / 8;
    case "fixed_size_binary":
      return type.width;
    case "date":
      return type.unit === "day" ? 4 : 8;
    case "time":
      return type.unit === "s" || type.unit === "ms" ? 4 : 8;
    case "timestamp":
    case "duration":
      return 8;
    case "interval":
      return { year_month: 4, day_time: 8, month_day_nano: 16 }[type.unit];
    case "null":
    case "bool":
    case "utf8":
    case "binary":
    case "list":
    case "fixed_size_list":
    case "struct":
    case "map":
    case "union":
    case "dictionary":
    case "run_end_encoded":
      return undefined;
  }
}

/** Fields that a type is made of; the values of a dictionary are no field. */
export function childFields(type: DataType): readonly Field[] {
  switch (type.type) {
    case "list":
    case "fixed_size_list":
      return [type.item];
    case "map":
      return [type.entries];
    case "struct":
    case "union":
      return type.fields;
    case "run_end_encoded":
      return [type.runEnds, type.values];
    case "null":
    case "bool":
    case "int":
    case "float":
    case "decimal":
    case "utf8":
    case "binary":
    case "fixed_size_binary":
    case "date":
    case "time":
    case "timestamp":
    case "duration":
    case "interval":
    case "dictionary":
      return [];
  }
}
