/** Lines that a tap could write, made by hand. */

export function schema(
  stream: string,
  properties: Readonly<Record<string, unknown>>,
  keys: readonly string[] = [],
): string {
  return JSON.stringify({
    type: "SCHEMA",
    stream,
    schema: { type: "object", properties },
    key_properties: keys,
  });
}

export function record(stream: string, row: object): string {
  return JSON.stringify({ type: "RECORD", stream, record: row });
}

export function state(value: unknown): string {
  return JSON.stringify({ type: "STATE", value });
}

/** A stream of ids and names, keyed by id. */
export const people = schema(
  "people",
  { id: { type: "integer" }, name: { type: ["null", "string"] } },
  ["id"],
);

export function person(id: number, name: string | null): string {
  return record("people", { id, name });
}
