import {
  binary,
  field,
  bool,
  utf8,
  type DataType,
  type Field,
} from "../arrow/schema.js";
import { kindOf, type Kind } from "../arrow/kind.js";
import { canonicalType } from "../arrow/canonical.js";
import { parseTypeName, typeName } from "../arrow/type-name.js";
import { Failure } from "../failure.js";
import type { JsonNode } from "./json-node.js";
import { integerType, numberType, singerDecimalType } from "./number-type.js";

/**
 * JSON Schema → Arrow, for columns that others describe. The rule of all choices: what a type cannot hold
 * for sure is kept as text (JSON text for objects and arrays), so that nothing is lost.
 */

/** Key under which our own producer names the exact Arrow type of a column. */
export const arrowTypeKey = "x-arrow-type";

/** The JSON type that a value of each Kind has; a hint that contradicts it was left behind by a rewritten schema. */
const jsonTypes: Record<Kind, readonly string[]> = {
  null: ["null"],
  bool: ["boolean"],
  int: ["integer"],
  uint64: ["integer"],
  float: ["number"],
  decimal: ["number", "integer"],
  utf8: ["string"],
  binary: ["string"],
  date: ["string"],
  time: ["string"],
  timestamp: ["string"],
  duration: ["string"],
  interval: ["string"],
  list: ["array"],
  struct: ["object"],
  map: ["object", "array"],
  union: ["object"],
};

const microseconds = { type: "timestamp", unit: "us" } as const;
const instant: DataType = { ...microseconds, timezone: "UTC" };
const wallClock: DataType = { ...microseconds };
const timeOfDay: DataType = { type: "time", unit: "us" };
const date: DataType = { type: "date", unit: "day" };

/**
 * One column.
 * @param root the schema that `$ref` points into.
 */
export function columnOf(
  name: string,
  schema: JsonNode,
  root: JsonNode,
  required: boolean,
): Field {
  const { type, nullable } = typeOf(schema, { root, followed: [] });
  return field(name, type, nullable || !required);
}

/** Where `$ref` points into, and the references that led here: a schema that contains itself ends as JSON text. */
interface References {
  readonly root: JsonNode;
  readonly followed: readonly string[];
}

interface Typed {
  readonly type: DataType;
  readonly nullable: boolean;
}

function typeOf(schema: JsonNode, references: References): Typed {
  const reference = schema.get("$ref");
  if (typeof reference.value === "string")
    return referred(reference.value, references);
  const members = ["anyOf", "oneOf", "allOf"]
    .map((key) => schema.get(key))
    .find((node) => node.isArray);
  if (members !== undefined && !schema.get("type").exists)
    return folded(members.items(), references);

  const types = typesOf(schema);
  const named = types.filter((type) => type !== "null");
  const nullable = types.includes("null") || types.length === 0;
  const hint = hinted(schema, named);
  if (hint !== undefined) return { type: hint, nullable };
  const [only] = named;
  if (only === undefined) {
    const type: DataType = types.length > 0 ? { type: "null" } : utf8;
    return { type, nullable: true };
  }
  if (named.length > 1) return { type: severalOf(named, schema), nullable };
  return { type: singleOf(only, schema, references), nullable };
}

/** `type` as a list of names in lower case; unknown names stay and end as text. */
function typesOf(schema: JsonNode): readonly string[] {
  const type = schema.get("type");
  const names = type.isArray ? type.items() : [type];
  return names.flatMap(({ value }) =>
    typeof value === "string" ? [value.toLowerCase()] : [],
  );
}

function hinted(
  schema: JsonNode,
  named: readonly string[],
): DataType | undefined {
  const { value } = schema.get(arrowTypeKey);
  const type = typeof value === "string" ? typeNamed(value) : undefined;
  if (type === undefined) return undefined;
  const fitting = jsonTypes[kindOf(type)];
  const fits =
    named.length === 0
      ? fitting.includes("null")
      : named.every((name) => fitting.includes(name));
  return fits ? type : undefined;
}

/** Nothing when someone else uses the key for names of his own. */
function typeNamed(name: string): DataType | undefined {
  try {
    return canonicalType(parseTypeName(name));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function referred(pointer: string, references: References): Typed {
  const { root, followed } = references;
  const text: Typed = { type: utf8, nullable: true };
  if (!pointer.startsWith("#") || followed.includes(pointer)) return text;
  let target = root;
  for (const step of pointer.split("/").slice(1))
    target = target.get(step.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (!target.isObject) return text;
  return typeOf(target, { root, followed: [...followed, pointer] });
}

/** A choice of schemas is one type when all that is not null agrees, else text. */
function folded(members: readonly JsonNode[], references: References): Typed {
  const typed = members.map((member) => typeOf(member, references));
  const named = typed.filter(({ type }) => type.type !== "null");
  const nullable = typed.some((member) => member.nullable);
  const [first] = named;
  if (first === undefined) return { type: utf8, nullable: true };
  const name = typeName(first.type);
  const same = named.every(({ type }) => typeName(type) === name);
  return { type: same ? first.type : utf8, nullable };
}

/** Integer beside number is a number; every other mix is text. */
function severalOf(named: readonly string[], schema: JsonNode): DataType {
  const numeric = named.every(
    (type) => type === "integer" || type === "number",
  );
  return numeric ? numberType(schema) : utf8;
}

function singleOf(
  type: string,
  schema: JsonNode,
  references: References,
): DataType {
  switch (type) {
    case "boolean":
      return bool;
    case "integer":
    case "int":
      return integerType(schema);
    case "number":
      return schema.get("airbyte_type").value === "integer"
        ? integerType(schema)
        : numberType(schema);
    case "string":
      return stringOf(schema);
    case "object":
      return objectOf(schema, references);
    case "array":
      return arrayOf(schema, references);
    default:
      return utf8;
  }
}

/** Text formats; those without an Arrow type of their own (uuid, email, …) stay text. */
function stringOf(schema: JsonNode): DataType {
  if (schema.get("contentEncoding").value === "base64") return binary;
  const airbyteType = schema.get("airbyte_type").value;
  switch (schema.get("format").value) {
    case "date-time":
      return airbyteType === "timestamp_without_timezone" ? wallClock : instant;
    case "date":
      return date;
    case "time":
      // Arrow's time has no offset.
      return airbyteType === "time_with_timezone" ? utf8 : timeOfDay;
    case "singer.decimal":
    case "x-singer.decimal":
      return singerDecimalType(schema);
    default:
      return utf8;
  }
}

/** A struct when the keys are known for good, else JSON text. */
function objectOf(schema: JsonNode, references: References): DataType {
  const properties = schema.get("properties");
  const { value: more } = schema.get("additionalProperties");
  if (!properties.isObject || (more !== undefined && more !== false))
    return utf8;
  const members = properties.members();
  if (members.length === 0) return utf8;
  const required = requiredOf(schema);
  const fields = members.map(([name, member]) => {
    const { type, nullable } = typeOf(member, references);
    return field(name, type, nullable || !required.has(name));
  });
  return { type: "struct", fields };
}

function arrayOf(schema: JsonNode, references: References): DataType {
  const items = schema.get("items");
  if (!items.isObject) return utf8;
  const { type, nullable } = typeOf(items, references);
  const item = field("item", type, nullable);
  return { type: "list", addressing: "offset32", item };
}

/** Names that a record must have. */
export function requiredOf(schema: JsonNode): ReadonlySet<string> {
  const { value } = schema.get("required");
  const names = Array.isArray(value) ? value : [];
  return new Set(names.filter((name) => typeof name === "string"));
}
