import { canonicalType } from "../arrow/canonical.js";
import type { DataType, Field } from "../arrow/schema.js";
import { typeName } from "../arrow/type-name.js";
import { columnFacts } from "./column-facts.js";
import type { JsonObject, JsonSource } from "./json-value.js";
import { arrowTypeKey } from "./schema-to-arrow.js";

type TypeOf<Name extends DataType["type"]> = Extract<DataType, { type: Name }>;

/** JSON Schema of the types that protocols describe in words of their own. */
export interface TypeSchemas {
  readonly bool: JsonObject;
  readonly int: (type: TypeOf<"int">) => JsonObject;
  readonly float: JsonObject;
  readonly decimal: (type: TypeOf<"decimal">) => JsonObject;
  readonly utf8: JsonObject;
  readonly binary: JsonObject;
  readonly date: JsonObject;
  readonly time: JsonObject;
  readonly timestamp: (type: TypeOf<"timestamp">) => JsonObject;
  readonly duration: JsonObject;
  readonly interval: JsonObject;
  /** A map whose keys are text. */
  readonly textMap: (values: JsonObject) => JsonObject;
}

/**
 * JSON Schema of rows. Columns that are never null are `required` and lack the type "null"; every column
 * names its exact Arrow type, which lets our own destination restore what JSON Schema cannot say.
 */
export function rowSchema(
  fields: readonly Field[],
  words: TypeSchemas,
): JsonObject {
  const columns = fields.map(
    (column) => [column.name, columnSchema(column, words)] as const,
  );
  return { ...objectSchema(fields, new Map(columns)) };
}

function columnSchema(column: Field, words: TypeSchemas): JsonObject {
  return {
    ...valueSchema(column, words),
    description: columnFacts(column).remarks,
    [arrowTypeKey]: typeName(canonicalType(column.type)),
  };
}

function objectSchema(
  fields: readonly Field[],
  properties: ReadonlyMap<string, JsonSource>,
): JsonObject {
  const required = fields
    .filter(({ nullable, type }) => !nullable && type.type !== "null")
    .map(({ name }) => name);
  return {
    type: "object",
    properties,
    required: required.length > 0 ? required : undefined,
  };
}

/** Schema of a value that may be null or not. */
function valueSchema(field: Field, words: TypeSchemas): JsonObject {
  const schema = schemaOf(field.type, words);
  const { type } = schema;
  if (!field.nullable || typeof type !== "string" || type === "null")
    return schema;
  return { ...schema, type: [type, "null"] };
}

function schemaOf(type: DataType, words: TypeSchemas): JsonObject {
  switch (type.type) {
    case "null":
      return { type: "null" };
    case "int":
      return words.int(type);
    case "decimal":
      return words.decimal(type);
    case "timestamp":
      return words.timestamp(type);
    case "bool":
    case "float":
    case "utf8":
    case "binary":
    case "date":
    case "time":
    case "duration":
    case "interval":
      return words[type.type];
    case "fixed_size_binary":
      return words.binary;
    case "list":
    case "fixed_size_list":
      return { type: "array", items: valueSchema(type.item, words) };
    case "struct":
      return objectSchema(type.fields, propertiesOf(type.fields, words));
    case "map":
      return mapSchema(type.entries, words);
    case "union":
      // One member, named after the alternative that the value has.
      return { type: "object", properties: propertiesOf(type.fields, words) };
    case "dictionary":
    case "run_end_encoded":
      return schemaOf(canonicalType(type), words);
  }
}

function propertiesOf(
  fields: readonly Field[],
  words: TypeSchemas,
): ReadonlyMap<string, JsonSource> {
  return new Map(
    fields.map((field) => [field.name, valueSchema(field, words)]),
  );
}

/** An object when the keys are text, else a list of key and value, as the JSON writer prints maps. */
function mapSchema(entries: Field, words: TypeSchemas): JsonObject {
  const pair = entries.type.type === "struct" ? entries.type.fields : [];
  const [key, value] = pair;
  if (key === undefined || value === undefined) return { type: "object" };
  if (canonicalType(key.type).type === "utf8")
    return words.textMap(valueSchema(value, words));
  const named = [
    { ...key, name: "key" },
    { ...value, name: "value" },
  ];
  const items = objectSchema(named, propertiesOf(named, words));
  return { type: "array", items };
}
