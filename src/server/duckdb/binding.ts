import { Failure } from "../../failure.js";

/**
 * DuckDB's C API as `@duckdb/node-bindings` exposes it (https://duckdb.org/docs/stable/clients/c/api). The
 * layer above it, `@duckdb/node-api`, hides the raw handles that copying whole vectors needs.
 */
export type DuckDB = typeof import("@duckdb/node-bindings");

/**
 * Loads the native library on first use.
 * @throws Failure(unsupported) when the optional package, or its binary for this platform, is missing.
 */
export async function loadDuckDB(): Promise<DuckDB> {
  try {
    return (await import("@duckdb/node-bindings")).default;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      "unsupported",
      `${reason}: the embedded server needs the optional package @duckdb/node-bindings; install it with: npm install @duckdb/node-bindings`,
      { cause: error },
    );
  }
}
