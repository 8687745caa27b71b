import { DuckDBTypeId, type DuckDBType } from "@duckdb/node-api";

export interface JsonSchema {
  readonly type: string | readonly string[];
  readonly format?: string;
  readonly multipleOf?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

/** JSON Schema as other taps write it, without our own hints, for the types that the sets use. */
export function jsonSchemaOf(type: DuckDBType, nullable: boolean): JsonSchema {
  const [name, facets] = typeOf(type);
  return { type: nullable ? ["null", name] : name, ...facets };
}

function typeOf(
  type: DuckDBType,
): readonly [name: string, facets?: Omit<JsonSchema, "type">] {
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.SMALLINT:
      return ["integer"];
    case DuckDBTypeId.DOUBLE:
      return ["number"];
    case DuckDBTypeId.DECIMAL:
      return ["number", { multipleOf: Number(`1e-${String(type.scale)}`) }];
    case DuckDBTypeId.BOOLEAN:
      return ["boolean"];
    case DuckDBTypeId.VARCHAR:
      return ["string"];
    case DuckDBTypeId.DATE:
      return ["string", { format: "date" }];
    case DuckDBTypeId.TIMESTAMP:
      return ["string", { format: "date-time" }];
    case DuckDBTypeId.LIST:
      return ["array", { items: jsonSchemaOf(type.valueType, true) }];
    case DuckDBTypeId.STRUCT:
      return ["object", { properties: propertiesOf(type) }];
    default:
      throw new Error(`no set has the type ${type.toString()}`);
  }
}

function propertiesOf(
  type: Extract<DuckDBType, { typeId: DuckDBTypeId.STRUCT }>,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    type.entryTypes.map((entry, index) => [
      type.entryNames[index] as string,
      jsonSchemaOf(entry, true),
    ]),
  );
}
