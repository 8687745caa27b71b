import type { TableName } from "../../catalog.js";

/** Globs: `*` is any text, `?` any one character, all else itself. Letter case counts. */
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
  readonly #schemas: readonly RegExp[] | undefined;
  readonly #tables: readonly RegExp[] | undefined;
  readonly #exclude: readonly RegExp[];
  readonly #settings: TableSelectionSettings;

  constructor(settings: TableSelectionSettings) {
    this.#settings = settings;
    this.#schemas = settings.schemas?.map(exactly);
    this.#tables = settings.tables?.map(exactly);
    this.#exclude = (settings.exclude ?? []).map(exactly);
  }

  includes({ namespace = "", name }: TableName): boolean {
    const matches = (glob: RegExp) =>
      glob.test(name) || glob.test(`${namespace}.${name}`);
    return (
      (this.#schemas?.some((glob) => glob.test(namespace)) ?? true) &&
      (this.#tables?.some(matches) ?? true) &&
      !this.#exclude.some(matches)
    );
  }

  /** Patterns that together cover every table of the selection, and some more. */
  patterns(): readonly TablePatterns[] {
    const schemas = (this.#settings.schemas ?? [undefined]).map(
      (glob) => glob && pattern(glob),
    );
    // A dot may stand between schema and table, or in a name: such a glob is matched here only.
    const tables = this.#settings.tables?.some((glob) => glob.includes("."))
      ? [undefined]
      : (this.#settings.tables ?? [undefined]).map(
          (glob) => glob && pattern(glob),
        );
    const calls = schemas.flatMap((dbSchemaPattern) =>
      tables.map((tablePattern) => ({ dbSchemaPattern, tablePattern })),
    );
    return calls.length > callsMax ? [{}] : calls;
  }
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

function exactly(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}
