import type { FlightClient } from "../drivers/flight/client.js";
import { Failure } from "../failure.js";
import { textAt } from "../json/text-at.js";

/** Count and one checksum per column, by column of the result. */
export type Fingerprint = readonly (readonly [string, string])[];

export const demoColumns = {
  flights: ["id", "date", "delay", "distance", "origin", "destination"],
  airports: [
    "iata",
    "name",
    "city",
    "state",
    "country",
    "latitude",
    "longitude",
  ],
} as const;

export type DemoTable = keyof typeof demoColumns;

/**
 * What a table holds, independent of row order: the sum of DuckDB's hash of every value, type included, so
 * that a value that changed and a type that changed both show.
 */
export async function fingerprint(
  client: FlightClient,
  table: DemoTable,
): Promise<Fingerprint> {
  const columns = demoColumns[table];
  const sums = columns.map(
    (name) =>
      `coalesce(sum(hash("${name}")::HUGEINT), 0)::VARCHAR AS "${name}"`,
  );
  const row = await oneRow(
    client,
    `SELECT count(*)::VARCHAR AS rows, ${sums.join(", ")} FROM ${table}`,
  );
  return ["rows", ...columns].map((name, index) => [name, row[index] ?? ""]);
}

/** The values of a result with one row, as exact text. */
export async function oneRow(
  client: FlightClient,
  sql: string,
): Promise<readonly (string | undefined)[]> {
  const info = await client.query(sql);
  for (const endpoint of info.endpoints)
    for await (const batch of client.read(endpoint))
      return batch.vectors.map((vector) => textAt(vector, 0));
  throw new Failure("internal", `no row came back for: ${sql}`);
}
