import type { Field, IntType, Schema } from "../../arrow/schema.js";
import { rowSchema, type TypeSchemas } from "../arrow-to-schema.js";
import type { JsonNode } from "../json-node.js";
import { jsonNumber, type JsonNumber, type JsonObject } from "../json-value.js";
import { columnOf, requiredOf } from "../schema-to-arrow.js";

/**
 * Arrow → JSON Schema as Singer's targets read it: bounds choose the width of integers, `multipleOf` the
 * digits of decimals (as pipelinewise's taps write them), `format` the kind of a string.
 */
const words: TypeSchemas = {
  bool: { type: "boolean" },
  int: (type) => ({ type: "integer", ...boundsOf(type) }),
  float: { type: "number" },
  decimal: ({ scale }) => ({ type: "number", multipleOf: unitOf(scale) }),
  utf8: { type: "string" },
  binary: { type: "string", contentEncoding: "base64" },
  date: { type: "string", format: "date" },
  time: { type: "string", format: "time" },
  timestamp: () => ({ type: "string", format: "date-time" }),
  duration: { type: "string", format: "duration" },
  interval: { type: "string", format: "duration" },
  textMap: (values) => ({ type: "object", additionalProperties: values }),
};

/** JSON Schema of a stream's records. */
export function schemaOfRows(schema: Schema): JsonObject {
  return rowSchema(schema.fields, words);
}

function boundsOf({ bits, signed }: IntType): JsonObject {
  const size = 1n << BigInt(signed ? bits - 1 : bits);
  return {
    minimum: jsonNumber(String(signed ? -size : 0n)),
    maximum: jsonNumber(String(size - 1n)),
  };
}

/** 10^-scale as exact text; short ones without an exponent, since some readers know no other form. */
function unitOf(scale: number): JsonNumber {
  if (scale <= 0) return jsonNumber(`1${"0".repeat(-scale)}`);
  return jsonNumber(
    scale <= 18 ? `0.${"0".repeat(scale - 1)}1` : `1e-${String(scale)}`,
  );
}

/**
 * Columns of a SCHEMA message.
 * @throws Failure when it has no `properties` (as the SDK's targets do).
 */
export function columnsOf(schema: JsonNode): readonly Field[] {
  const properties = schema.get("properties");
  if (!properties.isObject)
    throw schema.failure("a stream's schema needs an object `properties`");
  const required = requiredOf(schema);
  return properties
    .members()
    .map(([name, column]) =>
      columnOf(name, column, schema, required.has(name)),
    );
}
