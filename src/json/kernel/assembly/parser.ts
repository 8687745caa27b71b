// RECORD lines of one stream to columns. The caller lays out the memory: ../layout.ts.
//
// Only what is fully understood is taken. At anything else the call ends in front of the line, and the parser
// in TypeScript, which knows everything and makes the errors, reads that one line.
import { ABSENTS, DESCRIPTOR_WORDS, LENGTH, NULLS, USED } from "../layout";
import { members, truncate } from "./cells";
import { setPowers } from "./number";
import { equal, OPEN_OBJECT } from "./scan";

export { setPowers };

/** The first byte that nothing of the kernel's own takes. */
export function heapBase(): usize {
  return __heap_base;
}

const SIZE: u32 = DESCRIPTOR_WORDS << 2;

/** The struct of the rows, and behind it all columns, those within others too. */
let root: usize = 0;
let end: usize = 0;
let prefix: usize = 0;
let prefixLength: u32 = 0;
let tail: usize = 0;
let tailLength: u32 = 0;
/** int32 positions of the lines. */
let lineStarts: usize = 0;

/** Rows of the last call. */
export let rows: u32 = 0;

export function setColumns(at: usize, count: u32, starts: usize): void {
  root = at;
  end = at + count * SIZE;
  lineStarts = starts;
}

/** What stands before and behind a row. */
export function setEnvelope(
  before: usize,
  beforeLength: u32,
  behind: usize,
  behindLength: u32,
): void {
  prefix = before;
  prefixLength = beforeLength;
  tail = behind;
  tailLength = behindLength;
}

/**
 * Parses lines from `at` on, at most `rowsMax`. Gives the position behind the last one.
 * @param stop behind the last line; a line feed stands there.
 */
export function parse(at: usize, stop: usize, rowsMax: u32): usize {
  for (let column = root; column < end; column += SIZE) {
    store<u32>(column, 0, USED << 2);
    store<u32>(column, 0, NULLS << 2);
    store<u32>(column, 0, ABSENTS << 2);
    store<u32>(column, 0, LENGTH << 2);
  }
  let count: u32 = 0;
  while (count < rowsMax && at < stop) {
    const next = line(at, stop);
    if (next == 0) {
      truncate(root, count);
      break;
    }
    store<u32>(lineStarts + (count << 2), <u32>at);
    store<u32>(root, ++count, LENGTH << 2);
    at = next;
  }
  rows = count;
  return at;
}

/** Behind the line, or 0. */
function line(at: usize, stop: usize): usize {
  if (at + prefixLength >= stop || !equal(at, prefix, prefixLength)) return 0;
  at += prefixLength;
  if (<u32>load<u8>(at) != OPEN_OBJECT) return 0;
  at = members(at + 1, root);
  return at == 0 ? 0 : behindTail(at, stop);
}

/** The tail of the line before, with any digit where that has one. */
function behindTail(at: usize, stop: usize): usize {
  const next = at + tailLength;
  if (next > stop) return 0;
  if (equal(at, tail, tailLength)) return next;
  for (let index: u32 = 0; index < tailLength; index++) {
    const wanted: u32 = load<u8>(tail + index);
    const byte: u32 = load<u8>(at + index);
    if (byte != wanted && (byte - 48 > 9 || wanted - 48 > 9)) return 0;
  }
  return next;
}
