import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { StoredBytes } from "./stored-bytes.js";

/** Rows that are computed already and wait to be fetched. */
export interface StoredResult {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

/** Keeps batches as they come. @param take counts their bytes, and throws when they are too many. */
export async function collect(
  batches: AsyncIterable<Batch>,
  take: (bytes: number) => void,
  into: Batch[] = [],
): Promise<Batch[]> {
  for await (const batch of batches) {
    take(batch.byteLength);
    into.push(batch);
  }
  return into;
}

/** Keeps batches while it works with them. */
export async function withCollected<T>(
  stored: StoredBytes,
  collecting: (take: (bytes: number) => void) => Promise<readonly Batch[]>,
  work: (batches: readonly Batch[]) => Promise<T>,
): Promise<T> {
  const batches = await stored.taking(collecting);
  try {
    return await work(batches);
  } finally {
    stored.give(bytesOf(batches));
  }
}

export function bytesOf(batches: readonly Batch[]): number {
  return batches.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Cuts a result into `count` parts of about the same number of batches; together and in order they are the result. */
export function split(
  { schema, batches }: StoredResult,
  count: number,
): StoredResult[] {
  const at = (part: number) => Math.round((part * batches.length) / count);
  return Array.from({ length: count }, (_, part) => ({
    schema,
    batches: batches.slice(at(part), at(part + 1)),
  }));
}
