import { SessionOptionError } from "../drivers/flight/messages.js";
import type { SessionOptionValue } from "../drivers/flight/messages.js";
import type { Decoded } from "../drivers/flight/protobuf-fields.js";
import { quoteIdentifier } from "./duckdb/column-type.js";
import type { DuckConnection } from "./duckdb/connection.js";
import { textRows } from "./text-rows.js";

type Given = Decoded<typeof SessionOptionValue>;
type ErrorCode = (typeof SessionOptionError)[keyof typeof SessionOptionError];

/** The schema that every database of DuckDB has. */
const mainSchema = "main";

/** Where names without a catalog and a schema are looked for: the options `catalog` and `schema`. */
export async function sessionOptions(connection: DuckConnection) {
  const { catalog, schema } = await currentPath(connection);
  return new Map([
    ["catalog", { stringValue: catalog }],
    ["schema", { stringValue: schema }],
  ]);
}

/**
 * Sets the options, the catalog before the schema whatever their order is; one without a value is as it was in
 * the beginning. What cannot be set leaves the others as they are.
 * @returns errors by option
 */
export async function setSessionOptions(
  connection: DuckConnection,
  options: ReadonlyMap<string, Given>,
): Promise<ReadonlyMap<string, { readonly value: ErrorCode }>> {
  const errors = new Map<string, { readonly value: ErrorCode }>();
  const fail = (name: string, value: ErrorCode) => errors.set(name, { value });
  for (const name of options.keys())
    if (name !== "catalog" && name !== "schema")
      fail(name, SessionOptionError.INVALID_NAME);
  const catalog = options.get("catalog");
  if (catalog !== undefined && !(await setCatalog(connection, catalog)))
    fail("catalog", SessionOptionError.INVALID_VALUE);
  const schema = options.get("schema");
  if (schema !== undefined && !(await setSchema(connection, schema)))
    fail("schema", SessionOptionError.INVALID_VALUE);
  return errors;
}

async function setCatalog(connection: DuckConnection, given: Given) {
  if (given.stringValue !== undefined)
    return use(connection, given.stringValue, mainSchema);
  if (!isUnset(given)) return false;
  await connection.run("RESET search_path");
  return true;
}

async function setSchema(connection: DuckConnection, given: Given) {
  if (given.stringValue === undefined && !isUnset(given)) return false;
  const { catalog } = await currentPath(connection);
  return use(connection, catalog, given.stringValue ?? mainSchema);
}

function isUnset(given: Given): boolean {
  return Object.values(given).every((member) => member === undefined);
}

/** @returns false when there is no such catalog or schema */
async function use(connection: DuckConnection, ...path: readonly string[]) {
  try {
    await connection.run(`USE ${path.map(quoteIdentifier).join(".")}`);
    return true;
  } catch (error) {
    if (error instanceof Error && /^(Catalog|Parser) Error/.test(error.message))
      return false;
    throw error;
  }
}

async function currentPath(connection: DuckConnection) {
  const sql = "SELECT current_database(), current_schema()";
  for await (const [catalog = "", schema = ""] of textRows(connection, sql))
    return { catalog, schema };
  return { catalog: "", schema: "" };
}
