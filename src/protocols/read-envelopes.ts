import type { Frame } from "../json/kernel/line-kernel.js";
import type { EnvelopeColumns } from "./pending-inputs.js";

/** Rows that were parsed, a line each. */
interface ParsedLines {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly rows: number;
  /** Behind the last of them. */
  readonly next: number;
}

const lineFeed = 10;

/**
 * Reads what stands around rows; the tails of their lines differ from the frame's in digits at most.
 * @returns the rows up to the first line where it cannot be read, and the byte behind them: read by itself once
 * more, that line fails with all that there is to say.
 */
export function readEnvelopes(
  envelopes: EnvelopeColumns,
  { prefix, tail }: Frame,
  { bytes, at, rows, next }: ParsedLines,
): Pick<ParsedLines, "rows" | "next"> {
  let row = 0;
  let start = at;
  try {
    if (!tail.some(isDigit)) {
      envelopes.addRows(rows, prefix, tail);
      return { rows, next };
    }
    for (; row < rows; row += 1) {
      const end = bytes.indexOf(lineFeed, start) + 1;
      envelopes.addRows(1, prefix, bytes.subarray(end - tail.length, end));
      start = end;
    }
  } catch {
    // The caller reads the line again.
  }
  return { rows: row, next: start };
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
