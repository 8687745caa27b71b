import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { Failure } from "../failure.js";

/** What results may take up in memory while they wait for their readers. */
export const storedBytesMax = 1 << 30;

/** Rows that are computed already and wait to be fetched. */
export interface StoredResult {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

/** @throws Failure(exhausted) for a result of more than 1 GiB. */
export async function collect(
  batches: AsyncIterable<Batch>,
  into: Batch[] = [],
): Promise<Batch[]> {
  let bytes = into.reduce((sum, { byteLength }) => sum + byteLength, 0);
  for await (const batch of batches) {
    into.push(batch);
    bytes += batch.byteLength;
    if (bytes > storedBytesMax)
      throw new Failure(
        "exhausted",
        "the result is larger than the 1 GiB that the server keeps for a result that cannot be computed while it is read; ask for less of it at a time",
      );
  }
  return into;
}

export function bytesOf({ batches }: StoredResult): number {
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
