import type { Field } from "../arrow/schema.js";

/**
 * What servers say of a column in the metadata of its field (FlightSql.proto, CommandGetTables.include_schema):
 * keys below `ARROW:FLIGHT:SQL:`.
 */
export interface ColumnFacts {
  /** A comment for people. */
  readonly remarks: string | undefined;
  /** The database's own name of the type. */
  readonly typeName: string | undefined;
}

export function columnFacts({ metadata }: Field): ColumnFacts {
  const fact = (key: string) => {
    const text = metadata?.get(`ARROW:FLIGHT:SQL:${key}`);
    return text === "" ? undefined : text;
  };
  return { remarks: fact("REMARKS"), typeName: fact("TYPE_NAME") };
}
