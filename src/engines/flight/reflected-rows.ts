import type { Batch } from "../../arrow/batch.js";
import { findColumn, textAt } from "../../drivers/flight/columns.js";
import type { Failure } from "../../failure.js";

/** Text of the first of these columns that is there; undefined when it is empty. */
export function word(
  batch: Batch,
  row: number,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const found = findColumn(batch, name);
    if (found !== undefined) return some(textAt(found, row));
  }
  return undefined;
}

/** Servers without catalogs or schemas say "", or nothing. */
export function some(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** Whether a failure says only that this is not the way. */
export function mayHaveAnotherWay({ code }: Failure): boolean {
  switch (code) {
    case "unavailable":
    case "timeout":
    case "cancelled":
    case "unauthenticated":
    case "unauthorized":
    case "exhausted":
      return false;
    default:
      return true;
  }
}
