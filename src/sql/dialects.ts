import type { Dialect } from "./dialect.js";

/**
 * Every dialect there is, loaded on demand, and the words by which a server that names itself and its version
 * (SqlInfo 0 and 1) is known to speak it.
 */
const dialects = {
  duckdb: {
    server: /duckdb|gizmosql|flightsync/i,
    load: async () => (await import("./duckdb.js")).duckdb,
  },
  sqlite: {
    server: /sqlite/i,
    load: async () => (await import("./sqlite.js")).sqlite,
  },
  spark: {
    server: /spark|sail|kyuubi|iomete/i,
    load: async () => (await import("./spark.js")).spark,
  },
  datafusion: {
    server: /datafusion|roapi|influxdb|ballista/i,
    load: async () => (await import("./datafusion.js")).datafusion,
  },
  ansi: { server: /(?!)/, load: async () => (await import("./ansi.js")).ansi },
} satisfies Record<
  string,
  { readonly server: RegExp; readonly load: () => Promise<Dialect> }
>;

export type DialectName = keyof typeof dialects;

export const dialectNames = Object.keys(dialects) as readonly DialectName[];

export function dialectNamed(name: DialectName): Promise<Dialect> {
  return dialects[name].load();
}

/**
 * The dialect of a server; standard SQL when its name says nothing.
 * @param named what it calls itself, version included.
 * @param quote its quote character for identifiers, when that is known.
 */
export async function dialectOf(
  named: string,
  quote: string | undefined,
): Promise<Dialect> {
  const name = dialectNames.find((one) => dialects[one].server.test(named));
  if (name !== undefined) return dialectNamed(name);
  const standard = await dialectNamed("ansi");
  return quote === "`" ? { ...standard, quote } : standard;
}
