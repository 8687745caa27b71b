import type { TableName } from "../catalog.js";

/**
 * Ids of streams, each made of the parts of its table's name. Names that hold the separator can make two
 * ids equal: those take the catalog as well, and if that does not tell them apart, a number.
 */
export function streamIds(
  tables: readonly TableName[],
  separator: string,
): readonly string[] {
  const short = tables.map(({ namespace, name }) =>
    join([namespace, name], separator),
  );
  const long = tables.map(({ catalog, namespace, name }) =>
    join([catalog, namespace, name], separator),
  );
  const times = countOf(short);
  const taken = new Set<string>();
  return tables.map((_, index) => {
    const plain = short[index] ?? "";
    const id = (times.get(plain) ?? 0) > 1 ? (long[index] ?? "") : plain;
    let unique = id;
    for (let n = 2; taken.has(unique); n += 1)
      unique = `${id}${separator}${String(n)}`;
    taken.add(unique);
    return unique;
  });
}

function join(
  parts: readonly (string | undefined)[],
  separator: string,
): string {
  return parts
    .filter((part) => part !== undefined && part !== "")
    .join(separator);
}

function countOf(names: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return times;
}

/**
 * The table that a Singer stream name stands for, split at "-" as the SDK's SQL targets do: table,
 * schema-table, database-schema-table; of more parts only the last counts (singer_sdk/sql/sink.py).
 */
export function tableOfStreamName(stream: string): TableName {
  const parts = stream.split("-");
  const name = parts.at(-1) ?? stream;
  const [first, second] = parts;
  switch (parts.length) {
    case 2:
      return { namespace: first, name };
    case 3:
      return { catalog: first, namespace: second, name };
    default:
      return { name };
  }
}
