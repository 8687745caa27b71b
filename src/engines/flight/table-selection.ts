import type { TableName } from "../../catalog.js";
import { Globs } from "../../util/glob.js";

/** Globs, of which the last that matches decides; see `Globs`. */
export interface TableSelectionSettings {
  /** Of database schemas. All when undefined. */
  readonly schemas?: readonly string[] | undefined;
  /** Of tables, `table` or `schema.table`. All when undefined. */
  readonly tables?: readonly string[] | undefined;
  /** As `tables`: what is left out of them. */
  readonly exclude?: readonly string[] | undefined;
}

/** LIKE patterns of a metadata call; undefined asks for all. */
export interface TablePatterns {
  readonly dbSchemaPattern?: string | undefined;
  readonly tablePattern?: string | undefined;
}

/** Calls that a server is asked instead of one for all its tables. */
const callsMax = 8;

/** Which tables discovery shows: asked of the server as patterns where it can be said so, then matched exactly. */
export class TableSelection {
  readonly #schemas: Globs | undefined;
  readonly #tables: Globs | undefined;
  readonly #exclude: Globs | undefined;
  readonly #settings: TableSelectionSettings;

  constructor(settings: TableSelectionSettings) {
    this.#settings = settings;
    const { schemas, tables, exclude } = settings;
    this.#schemas = schemas && new Globs(schemas);
    this.#tables = tables && new Globs(tables);
    this.#exclude = exclude && new Globs(exclude);
  }

  includes({ namespace = "", name }: TableName): boolean {
    const names = [name, `${namespace}.${name}`];
    return (
      this.#schemas?.match(namespace) !== false &&
      this.#tables?.match(...names) !== false &&
      this.#exclude?.match(...names) !== true
    );
  }

  /** Patterns that together cover every table of the selection, and some more. */
  patterns(): readonly TablePatterns[] {
    const schemas = wanted(this.#settings.schemas).map(
      (glob) => glob && pattern(glob),
    );
    // A dot may stand between schema and table, or in a name: such a glob is matched here only.
    const globs = wanted(this.#settings.tables);
    const tables = globs.some((glob) => glob?.includes("."))
      ? [undefined]
      : globs.map((glob) => glob && pattern(glob));
    const calls = schemas.flatMap((dbSchemaPattern) =>
      tables.map((tablePattern) => ({ dbSchemaPattern, tablePattern })),
    );
    return calls.length > callsMax ? [{}] : calls;
  }
}

/** What is to be asked for: what is left out only takes from it, and alone from everything. */
function wanted(
  globs: readonly string[] | undefined,
): readonly (string | undefined)[] {
  return globs === undefined || globs[0]?.startsWith("!") === true
    ? [undefined]
    : globs.filter((glob) => !glob.startsWith("!"));
}

/**
 * A LIKE pattern that matches at least what the glob does. Servers differ in what escapes a wildcard, and some
 * paste a quote into their SQL as it is (arrow-go's example), so that each special character becomes any one.
 */
function pattern(glob: string): string {
  return glob.replaceAll("*", "%").replace(/[?\\_'"`]/g, "_");
}

/** A LIKE pattern that matches at least this name. */
export function namePattern(name: string | undefined): string | undefined {
  return name?.replace(/[%\\_'"`]/g, "_");
}
