// Rows of columns to lines. The caller lays out the memory: ../writer-layout.ts.
//
// A row that holds what JSON cannot say is refused: the call ends in front of it, and the writer in TypeScript,
// which makes the errors, gets that one row. Nothing is checked against the end of the output: whoever calls
// leaves room for the largest row that the columns at hand can make.
import {
  DATA,
  DESCRIPTOR_WORDS,
  DIGITS,
  KEY,
  KEY_LENGTH,
  NONFINITE,
  NONFINITE_NULL,
  NONFINITE_STRING,
  OFFSETS,
  OP,
  OP_BINARY,
  OP_BOOL,
  OP_DATE_DAY,
  OP_DATE_MS,
  OP_DAY_TIME,
  OP_DECIMAL,
  OP_DURATION,
  OP_FIXED_BINARY,
  OP_FLOAT16,
  OP_FLOAT32,
  OP_FLOAT64,
  OP_INT16,
  OP_INT32,
  OP_INT64,
  OP_INT8,
  OP_MONTHS,
  OP_MONTH_DAY_NANO,
  OP_NULL,
  OP_RAW,
  OP_TEXT,
  OP_TIME32,
  OP_TIME64,
  OP_TIMESTAMP,
  OP_UINT16,
  OP_UINT32,
  OP_UINT64,
  OP_UINT8,
  VALIDITY,
  WIDTH,
  ZULU,
} from "../writer-layout";
import { decimal, setScratch } from "./write-decimal";
import { fillQuads, int, uint } from "./write-digits";
import { float16, float32, float64, setPowers } from "./write-float";
import { base64, text } from "./write-text";
import {
  clearDates,
  date,
  dayTime,
  duration,
  monthDayNano,
  months,
  time,
  timestamp,
} from "./write-time";

/** The first byte that nothing of the kernel's own takes. */
export function heapBase(): usize {
  return __heap_base;
}

const SIZE: u32 = DESCRIPTOR_WORDS << 2;
const QUOTE: u32 = 0x22;
/** "null", "true", "alse", `"NaN` and `Infinity` as they stand in memory. */
const NULL: u32 = 0x6c6c_756e;
const TRUE: u32 = 0x6575_7274;
const ALSE: u32 = 0x6573_6c61;
const NAN: u32 = 0x4e61_4e22;
const INFINITY: u64 = 0x7974_696e_6966_6e49;
const MS_OF_DAY: i64 = 86_400_000;

let columns: usize = 0;
let columnsEnd: usize = 0;
let head: usize = 0;
let headLength: u32 = 0;
let tail: usize = 0;
let tailLength: u32 = 0;

/** The row behind the last one that was written. */
export let row: u32 = 0;

/** Where the tables of the layout are; the powers are there already. */
export function setTables(tables: usize): void {
  setPowers(tables);
  fillQuads(tables);
  clearDates(tables);
  setScratch(tables);
}

export function setColumns(at: usize, count: u32): void {
  columns = at;
  columnsEnd = at + count * SIZE;
}

/** What stands before and behind the members of a row, braces included. */
export function setFrame(
  before: usize,
  beforeLength: u32,
  behind: usize,
  behindLength: u32,
): void {
  head = before;
  headLength = beforeLength;
  tail = behind;
  tailLength = behindLength;
}

/**
 * Writes the rows `from` to `to` at `at`, as many as begin before `limit`. Gives the position behind them; `row`
 * is the next row, and before `to` although there is room when it is refused.
 */
export function write(from: u32, to: u32, at: usize, limit: usize): usize {
  row = from;
  for (; row < to && at < limit; row++) {
    let next = piece(at, head, headLength);
    for (let column = columns; column < columnsEnd; column += SIZE) {
      const key = <usize>load<u32>(column, KEY << 2);
      next = piece(next, key, load<u32>(column, KEY_LENGTH << 2));
      const validity = <usize>load<u32>(column, VALIDITY << 2);
      if (validity != 0 && !bitOf(validity, row)) {
        store<u32>(next, NULL);
        next += 4;
        continue;
      }
      next = cell(next, column, row);
      if (next == 0) return at;
    }
    at = piece(next, tail, tailLength);
  }
  return at;
}

@inline
function bitOf(bits: usize, index: u32): bool {
  return (((<u32>load<u8>(bits + (index >> 3))) >> (index & 7)) & 1) != 0;
}

@inline
function piece(at: usize, from: usize, length: u32): usize {
  v128.store(at, v128.load(from));
  for (let index: u32 = 16; index < length; index += 16)
    v128.store(at + index, v128.load(from + index));
  return at + length;
}

/** Behind the value, or 0 when it is refused. */
@inline
function cell(at: usize, column: usize, index: u32): usize {
  const data = <usize>load<u32>(column, DATA << 2);
  switch (load<u32>(column, OP << 2)) {
    case OP_NULL:
      store<u32>(at, NULL);
      return at + 4;
    case OP_BOOL:
      return bool_(at, bitOf(data, index));
    case OP_INT8:
      return int(at, load<i8>(data + index));
    case OP_INT16:
      return int(at, load<i16>(data + (index << 1)));
    case OP_INT32:
      return int(at, load<i32>(data + (index << 2)));
    case OP_INT64:
      return int(at, load<i64>(data + (index << 3)));
    case OP_UINT8:
      return uint(at, load<u8>(data + index));
    case OP_UINT16:
      return uint(at, load<u16>(data + (index << 1)));
    case OP_UINT32:
      return uint(at, load<u32>(data + (index << 2)));
    case OP_UINT64:
      return uint(at, load<u64>(data + (index << 3)));
    case OP_FLOAT16: {
      const bits = <u32>load<u16>(data + (index << 1));
      if ((bits & 0x7c00) != 0x7c00) return float16(at, bits);
      const size: f64 = (bits & 0x3ff) == 0 ? Infinity : NaN;
      return nonFinite(at, (bits & 0x8000) == 0 ? size : -size, column);
    }
    case OP_FLOAT32: {
      const value = load<f32>(data + (index << 2));
      if (value - value != 0) return nonFinite(at, value, column);
      return float32(at, value);
    }
    case OP_FLOAT64: {
      const value = load<f64>(data + (index << 3));
      if (value - value != 0) return nonFinite(at, value, column);
      return float64(at, value);
    }
    case OP_DECIMAL:
      return decimal(at, data + index * widthOf(column), column);
    case OP_TEXT: {
      const offset = <usize>load<u32>(column, OFFSETS << 2) + (index << 2);
      return text(at, data + load<u32>(offset), data + load<u32>(offset, 4));
    }
    case OP_BINARY: {
      const offset = <usize>load<u32>(column, OFFSETS << 2) + (index << 2);
      return base64(at, data + load<u32>(offset), data + load<u32>(offset, 4));
    }
    case OP_FIXED_BINARY: {
      const from = data + index * widthOf(column);
      return base64(at, from, from + widthOf(column));
    }
    case OP_DATE_DAY:
      return quoted(at, date(at + 1, load<i32>(data + (index << 2))));
    case OP_DATE_MS: {
      const value = load<i64>(data + (index << 3));
      const day = value / MS_OF_DAY;
      if (day * MS_OF_DAY != value) return 0;
      return quoted(at, date(at + 1, day));
    }
    case OP_TIME32: {
      const value = load<i32>(data + (index << 2));
      return quoted(at, time(at + 1, value, digitsOf(column)));
    }
    case OP_TIME64: {
      const value = load<i64>(data + (index << 3));
      return quoted(at, time(at + 1, value, digitsOf(column)));
    }
    case OP_TIMESTAMP: {
      const value = load<i64>(data + (index << 3));
      const end = timestamp(at + 1, value, digitsOf(column));
      store<u8>(end, 0x5a);
      return quoted(at, end + load<u32>(column, ZULU << 2));
    }
    case OP_DURATION: {
      const value = load<i64>(data + (index << 3));
      return quoted(at, duration(at + 1, value, digitsOf(column)));
    }
    case OP_MONTHS:
      return quoted(at, months(at + 1, load<i32>(data + (index << 2))));
    case OP_DAY_TIME: {
      const source = data + (index << 3);
      return quoted(at, dayTime(at + 1, load<i32>(source), load<i32>(source, 4)));
    }
    case OP_MONTH_DAY_NANO:
      return quoted(at, monthDayNano(at + 1, data + (index << 4)));
    case OP_RAW: {
      const offset = <usize>load<u32>(column, OFFSETS << 2) + (index << 2);
      const from = load<u32>(offset);
      return piece(at, data + from, load<u32>(offset, 4) - from);
    }
    default:
      return 0;
  }
}

@inline
function widthOf(column: usize): u32 {
  return load<u32>(column, WIDTH << 2);
}

@inline
function digitsOf(column: usize): u32 {
  return load<u32>(column, DIGITS << 2);
}

/** Puts quotes around what ends at `end`, unless that is 0. */
@inline
function quoted(at: usize, end: usize): usize {
  if (end == 0) return 0;
  store<u8>(at, QUOTE);
  store<u8>(end, QUOTE);
  return end + 1;
}

function bool_(at: usize, value: bool): usize {
  if (value) {
    store<u32>(at, TRUE);
    return at + 4;
  }
  store<u8>(at, 0x66);
  store<u32>(at, ALSE, 1);
  return at + 5;
}

function nonFinite(at: usize, value: f64, column: usize): usize {
  const rule: u32 = load<u32>(column, NONFINITE << 2);
  if (rule == NONFINITE_NULL) {
    store<u32>(at, NULL);
    return at + 4;
  }
  if (rule != NONFINITE_STRING) return 0;
  if (value != value) {
    store<u32>(at, NAN);
    store<u8>(at, QUOTE, 4);
    return at + 5;
  }
  store<u8>(at++, QUOTE);
  if (value < 0) store<u8>(at++, 0x2d);
  store<u64>(at, INFINITY);
  store<u8>(at, QUOTE, 8);
  return at + 9;
}
