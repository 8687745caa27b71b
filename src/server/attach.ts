import { dirname, resolve } from "node:path";
import { Failure } from "../failure.js";

/** Files that are served as one table. */
export interface Attachment {
  /** Of the table. */
  readonly name: string;
  /** A file, or a pattern with `*`, `?`, `[…]` and `**` for several of the same columns. */
  readonly path: string;
}

/** What a client may reach though SQL reaches no files, as DuckDB's settings allowed_paths and allowed_directories say it. */
export interface ReachableFiles {
  readonly paths: readonly string[];
  readonly directories: readonly string[];
}

/** By what a path ends in. DuckDB's npm build reads these without an extension that must be fetched. */
const readers: readonly (readonly [RegExp, string])[] = [
  [/\.parquet$/i, "read_parquet"],
  [/\.(csv|tsv)(\.gz)?$/i, "read_csv"],
  [/\.(json|jsonl|ndjson)(\.gz)?$/i, "read_json"],
];

/** The catalog of attached files when a database is served as well, whose own file must not change. */
export const filesCatalog = "files";

/** What clients must reach to read attachments: the files, and of patterns the folders where they look. */
export function filesOf(attachments: readonly Attachment[]): ReachableFiles {
  const all = attachments.map(({ path }) => resolve(path));
  const isPattern = (path: string) => /[*?[]/.test(path);
  return {
    paths: all.filter((path) => !isPattern(path)),
    directories: all
      .filter(isPattern)
      .map((path) => dirname(path.slice(0, path.search(/[*?[]/) + 1))),
  };
}

/**
 * Makes each attachment a view that reads its files whenever it is asked; the files are looked at now.
 * @param catalog to make the views in; undefined is the database's own.
 * @throws Failure(invalid_config) naming the attachment that cannot be read, and why.
 */
export async function attachFiles(
  database: { run(sql: string): Promise<unknown> },
  attachments: readonly Attachment[],
  catalog: typeof filesCatalog | undefined,
): Promise<void> {
  if (attachments.length > 0 && catalog !== undefined)
    await database.run(`ATTACH ':memory:' AS ${catalog} (READ_WRITE)`);
  for (const { name, path } of attachments) {
    const view = `${catalog === undefined ? "" : `${catalog}.main.`}"${name.replaceAll('"', '""')}"`;
    const reader = readers.find(([pattern]) => pattern.test(path))?.[1];
    try {
      if (reader === undefined)
        throw new Failure(
          "invalid_config",
          "its name ends in none of .parquet, .csv, .tsv, .json, .jsonl and .ndjson",
        );
      await database.run(
        `CREATE VIEW ${view} AS FROM ${reader}('${resolve(path).replaceAll("'", "''")}')`,
      );
    } catch (error) {
      // Behind it DuckDB quotes our own statement.
      const [reason = ""] = Failure.from(error).message.split("\n\nLINE 1:");
      throw new Failure(
        "invalid_config",
        `${reason} (attaching ${path} as ${name})`,
        { cause: error },
      );
    }
  }
}
