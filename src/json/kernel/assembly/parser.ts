// RECORD lines of one stream to columns. The caller lays out the memory: ../layout.ts.
//
// Only what is fully understood is taken. At anything else the call ends in front of the line, and the parser
// in TypeScript, which knows everything and makes the errors, reads that one line.
import {
  ABSENT,
  ABSENTS,
  DATA,
  DESCRIPTOR_WORDS,
  FLAGS,
  KEY,
  KEY_LENGTH,
  MAY_BE_ABSENT,
  MAY_BE_NULL,
  NEXT,
  NULLS,
  OFFSETS,
  OP,
  OP_BOOL,
  OP_DATE,
  OP_DECIMAL,
  OP_DEFERRED,
  OP_FLOAT64,
  OP_INT,
  OP_TEXT,
  OP_TIME,
  OP_TIMESTAMP,
  OP_UINT,
  ROW,
  USED,
  VALIDITY,
  WIDTH,
} from "../layout";
import { decimal, float64, integer, setPowers } from "./number";
import {
  behindValue,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  equal,
  LINE_FEED,
  OPEN_OBJECT,
  skipSpace,
} from "./scan";
import { text, textEnd } from "./text";
import { date, time, timestamp } from "./time";

export { setPowers };

/** The first byte that nothing of the kernel's own takes. */
export function heapBase(): usize {
  return __heap_base;
}

const SIZE: u32 = DESCRIPTOR_WORDS << 2;
/** "null", "true" and "fals" as they stand in memory. */
const NULL: u32 = 0x6c6c_756e;
const TRUE: u32 = 0x6575_7274;
const FALS: u32 = 0x736c_6166;

let columns: usize = 0;
let columnCount: u32 = 0;
let prefix: usize = 0;
let prefixLength: u32 = 0;
let tail: usize = 0;
let tailLength: u32 = 0;
/** int32 positions of the lines. */
let lineStarts: usize = 0;
/** Index of the column whose key came first in the last row. */
let firstColumn: u32 = 0;

/** Rows of the last call. */
export let rows: u32 = 0;

export function setColumns(at: usize, count: u32, starts: usize): void {
  columns = at;
  columnCount = count;
  lineStarts = starts;
  firstColumn = 0;
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
 * @param end behind the last line; a line feed stands there.
 */
export function parse(at: usize, end: usize, rowsMax: u32): usize {
  rows = 0;
  for (let index: u32 = 0; index < columnCount; index++) {
    const column = columns + index * SIZE;
    store<u32>(column, 0, USED << 2);
    store<u32>(column, 0, NULLS << 2);
    store<u32>(column, 0, ABSENTS << 2);
    store<i32>(column, -1, ROW << 2);
  }
  while (rows < rowsMax && at < end) {
    const next = line(at, end);
    if (next == 0) {
      takeBack();
      break;
    }
    store<u32>(lineStarts + (rows << 2), <u32>at);
    rows++;
    at = next;
  }
  return at;
}

/** Behind the line, or 0. */
function line(at: usize, end: usize): usize {
  if (at + prefixLength >= end || !equal(at, prefix, prefixLength)) return 0;
  at += prefixLength;
  if (<u32>load<u8>(at) != OPEN_OBJECT) return 0;
  at = skipSpace(at + 1);
  let filled: u32 = 0;
  let previous: u32 = 0xffff_ffff;
  if (<u32>load<u8>(at) == CLOSE_OBJECT) {
    at++;
  } else {
    while (true) {
      const guess: u32 =
        previous == 0xffff_ffff
          ? firstColumn
          : load<u32>(columns + previous * SIZE, NEXT << 2);
      const index = columnAt(at, guess);
      if (index == 0xffff_ffff) return 0;
      const column = columns + index * SIZE;
      if (index != guess) {
        if (previous == 0xffff_ffff) firstColumn = index;
        else store<u32>(columns + previous * SIZE, index, NEXT << 2);
      }
      if (load<u32>(column, ROW << 2) == rows) return 0;
      store<u32>(column, rows, ROW << 2);
      filled++;
      previous = index;
      at += load<u32>(column, KEY_LENGTH << 2);
      if (<u32>load<u8>(at) != COLON) {
        at = skipSpace(at);
        if (<u32>load<u8>(at) != COLON) return 0;
      }
      at = skipSpace(at + 1);
      at = cell(at, column);
      if (at == 0) return 0;
      let byte: u32 = load<u8>(at);
      if (byte <= 0x20) {
        at = skipSpace(at);
        byte = load<u8>(at);
      }
      at++;
      if (byte == COMMA) at = skipSpace(at);
      else if (byte == CLOSE_OBJECT) break;
      else return 0;
    }
  }
  at = behindTail(at, end);
  if (at != 0 && filled < columnCount && !fillAbsent()) return 0;
  return at;
}

/** The column whose key stands at `at`: the guess, or any other. */
@inline
function columnAt(at: usize, guess: u32): u32 {
  if (guess < columnCount && holdsKey(at, columns + guess * SIZE)) return guess;
  for (let index: u32 = 0; index < columnCount; index++)
    if (holdsKey(at, columns + index * SIZE)) return index;
  return 0xffff_ffff;
}

@inline
function holdsKey(at: usize, column: usize): bool {
  const key: usize = load<u32>(column, KEY << 2);
  return equal(at, key, load<u32>(column, KEY_LENGTH << 2));
}

/** The tail of the line before, with any digit where that has one. */
function behindTail(at: usize, end: usize): usize {
  const next = at + tailLength;
  if (next > end) return 0;
  if (equal(at, tail, tailLength)) return next;
  for (let index: u32 = 0; index < tailLength; index++) {
    const wanted: u32 = load<u8>(tail + index);
    const byte: u32 = load<u8>(at + index);
    if (byte != wanted && (byte - 48 > 9 || wanted - 48 > 9)) return 0;
  }
  return next;
}

/** Adds the value at `at`. */
@inline
function cell(at: usize, column: usize): usize {
  const op: u32 = load<u32>(column, OP << 2);
  if (op == OP_DEFERRED) return deferred(at, column);
  if (load<u32>(at) == NULL) {
    if ((load<u32>(column, FLAGS << 2) & MAY_BE_NULL) == 0) return 0;
    addNull(column, op);
    return at + 4;
  }
  const data: usize = load<u32>(column, DATA << 2);
  const width: u32 = load<u32>(column, WIDTH << 2);
  const target = data + rows * width;
  switch (op) {
    case OP_FLOAT64:
      return float64(at, target);
    case OP_INT:
      return integer(at, target, column, true);
    case OP_TEXT:
      return addText(at, column, data);
    case OP_TIMESTAMP:
      return timestamp(at, target, column);
    case OP_UINT:
      return integer(at, target, column, false);
    case OP_DECIMAL:
      return decimal(at, target, column);
    case OP_DATE:
      return date(at, target);
    case OP_TIME:
      return time(at, target, column);
    case OP_BOOL:
      return addBool(at, data);
    default:
      return 0;
  }
}

function deferred(at: usize, column: usize): usize {
  const next = behindValue(at);
  const target = <usize>load<u32>(column, DATA << 2) + (rows << 3);
  store<u32>(target, <u32>at);
  store<u32>(target, <u32>next, 4);
  return next;
}

function addText(at: usize, column: usize, data: usize): usize {
  const used: u32 = load<u32>(column, USED << 2);
  const next = text(at, data + used);
  if (next == 0) return 0;
  const end = <u32>(textEnd - data);
  store<u32>(column, end, USED << 2);
  const offsets: usize = load<u32>(column, OFFSETS << 2);
  store<u32>(offsets + ((rows + 1) << 2), end);
  return next;
}

function addBool(at: usize, data: usize): usize {
  const word = load<u32>(at);
  const value: u32 = word == TRUE ? 1 : 0;
  if (value == 0 && (word != FALS || load<u8>(at, 4) != 0x65)) return 0;
  const place = data + (rows >> 3);
  const bit: u32 = 1 << (rows & 7);
  const byte: u32 = load<u8>(place);
  store<u8>(place, value != 0 ? byte | bit : byte & ~bit);
  return at + (value != 0 ? 4 : 5);
}

function addNull(column: usize, op: u32): void {
  const validity = <usize>load<u32>(column, VALIDITY << 2) + (rows >> 3);
  store<u8>(validity, <u32>load<u8>(validity) & ~(1 << (rows & 7)));
  store<u32>(column, load<u32>(column, NULLS << 2) + 1, NULLS << 2);
  const data: usize = load<u32>(column, DATA << 2);
  if (op == OP_TEXT) {
    const offsets: usize = load<u32>(column, OFFSETS << 2);
    const used: u32 = load<u32>(column, USED << 2);
    store<u32>(offsets + ((rows + 1) << 2), used);
  } else if (op == OP_BOOL) {
    const place = data + (rows >> 3);
    store<u8>(place, <u32>load<u8>(place) & ~(1 << (rows & 7)));
  } else {
    const width: u32 = load<u32>(column, WIDTH << 2);
    memory.fill(data + rows * width, 0, width);
  }
}

/** Nulls for the columns that the row lacks, marked as absent; false, and nothing, when one of them has to be there. */
function fillAbsent(): bool {
  for (let index: u32 = 0; index < columnCount; index++) {
    const column = columns + index * SIZE;
    if (load<u32>(column, ROW << 2) == rows) continue;
    if ((load<u32>(column, FLAGS << 2) & MAY_BE_ABSENT) == 0) return false;
  }
  for (let index: u32 = 0; index < columnCount; index++) {
    const column = columns + index * SIZE;
    if (load<u32>(column, ROW << 2) == rows) continue;
    const op: u32 = load<u32>(column, OP << 2);
    if (op == OP_DEFERRED) {
      const target = <usize>load<u32>(column, DATA << 2) + (rows << 3);
      store<u64>(target, 0);
    } else {
      addNull(column, op);
    }
    const absent = <usize>load<u32>(column, ABSENT << 2) + (rows >> 3);
    store<u8>(absent, <u32>load<u8>(absent) | (1 << (rows & 7)));
    store<u32>(column, load<u32>(column, ABSENTS << 2) + 1, ABSENTS << 2);
  }
  return true;
}

/** Forgets the cells of a row that was begun. */
function takeBack(): void {
  for (let index: u32 = 0; index < columnCount; index++) {
    const column = columns + index * SIZE;
    if (load<u32>(column, ROW << 2) != rows) continue;
    const validity = <usize>load<u32>(column, VALIDITY << 2) + (rows >> 3);
    const bit: u32 = 1 << (rows & 7);
    const byte: u32 = load<u8>(validity);
    if (load<u32>(column, OP << 2) == OP_DEFERRED) continue;
    if ((byte & bit) == 0) {
      store<u8>(validity, byte | bit);
      store<u32>(column, load<u32>(column, NULLS << 2) - 1, NULLS << 2);
    }
    if (load<u32>(column, OP << 2) == OP_TEXT) {
      const offsets: usize = load<u32>(column, OFFSETS << 2);
      store<u32>(column, load<u32>(offsets + (rows << 2)), USED << 2);
    }
  }
}
