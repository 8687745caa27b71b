import type { Field, Schema } from "../../arrow/schema.js";
import { rowSchema, type TypeSchemas } from "../arrow-to-schema.js";
import type { JsonNode } from "../json-node.js";
import type { JsonObject } from "../json-value.js";
import { arrowTypeKey, columnOf, requiredOf } from "../schema-to-arrow.js";

const timestamp = { type: "string", format: "date-time" } as const;

/**
 * Arrow → JSON Schema with Airbyte's own types
 * (https://docs.airbyte.com/platform/understanding-airbyte/supported-data-types). Types that it lacks travel
 * as text: binary in base64, durations and intervals in ISO 8601.
 */
const words: TypeSchemas = {
  bool: { type: "boolean" },
  int: () => ({ type: "integer" }),
  float: { type: "number" },
  decimal: () => ({ type: "number" }),
  utf8: { type: "string" },
  binary: { type: "string", contentEncoding: "base64" },
  date: { type: "string", format: "date" },
  time: {
    type: "string",
    format: "time",
    airbyte_type: "time_without_timezone",
  },
  timestamp: ({ timezone }) => ({
    ...timestamp,
    airbyte_type:
      timezone === undefined
        ? "timestamp_without_timezone"
        : "timestamp_with_timezone",
  }),
  duration: { type: "string" },
  interval: { type: "string" },
  // Airbyte's acceptance tests want `additionalProperties` to be true where it stands at all.
  textMap: () => ({ type: "object" }),
};

/** `json_schema` of a stream. */
export function schemaOfRows(schema: Schema): JsonObject {
  return rowSchema(schema.fields, words);
}

/** Columns of a configured stream; a schema without `properties` has none. */
export function columnsOf(schema: JsonNode): readonly Field[] {
  const properties = schema.get("properties");
  if (!properties.exists) return [];
  const required = requiredOf(schema);
  // Schema mismatches are no reason to fail a sync, so only our own source is believed that a column has values.
  return properties
    .members()
    .map(([name, column]) =>
      columnOf(
        name,
        column,
        schema,
        required.has(name) && column.get(arrowTypeKey).exists,
      ),
    );
}
