// Values to the columns that they belong to. Positions in, positions out; 0 means: the general way.
import {
  ABSENT,
  ABSENTS,
  CHILD_COUNT,
  CHILDREN,
  DATA,
  DESCRIPTOR_WORDS,
  FIRST,
  FLAGS,
  LEAD_LENGTH,
  LENGTH,
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
  OP_LIST,
  OP_STRUCT,
  OP_TEXT,
  OP_TIME,
  OP_TIMESTAMP,
  OP_UINT,
  USED,
  VALIDITY,
  WIDTH,
} from "../layout";
import { columnAt, holdsLead, valueStart } from "./keys";
import { decimal, float64, integer } from "./number";
import {
  behindValue,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COMMA,
  OPEN_ARRAY,
  OPEN_OBJECT,
  skipSpace,
} from "./scan";
import { text, textEnd } from "./text";
import { date, time, timestamp } from "./time";

const SIZE: u32 = DESCRIPTOR_WORDS << 2;
/** "null", "true" and "fals" as they stand in memory. */
const NULL: u32 = 0x6c6c_756e;
const TRUE: u32 = 0x6575_7274;
const FALS: u32 = 0x736c_6166;

/** Adds the members behind a brace, one to each of a struct's columns; behind the object. */
export function members(at: usize, struct: usize): usize {
  const length: u32 = load<u32>(struct, LENGTH << 2);
  let filled: u32 = 0;
  const inside = skipSpace(at);
  if (<u32>load<u8>(inside) == CLOSE_OBJECT) {
    at = inside + 1;
  } else {
    let link = struct + (FIRST << 2);
    while (true) {
      let column: usize = load<u32>(link);
      const behind = at + load<u32>(column, LEAD_LENGTH << 2);
      // Spaces may follow where none did the last time.
      if (holdsLead(at, column) && <u32>load<u8>(behind) > 0x20) {
        at = behind;
      } else {
        column = columnAt(at, struct, link);
        if (column == 0) return 0;
        at = valueStart;
      }
      if (load<u32>(column, LENGTH << 2) != length) return 0;
      filled++;
      link = column + (NEXT << 2);
      const op: u32 = load<u32>(column, OP << 2);
      at = op < <u32>OP_LIST ? scalar(at, column, op) : holder(at, column, op);
      if (at == 0) return 0;
      let byte: u32 = load<u8>(at);
      if (byte <= 0x20) {
        at = skipSpace(at);
        byte = load<u8>(at);
      }
      at++;
      if (byte == CLOSE_OBJECT) break;
      if (byte != COMMA) return 0;
    }
  }
  if (filled < load<u32>(struct, CHILD_COUNT << 2) && !fillAbsent(struct))
    return 0;
  return at;
}

/** Adds a value that holds no others. */
@inline
function scalar(at: usize, column: usize, op: u32): usize {
  const index: u32 = load<u32>(column, LENGTH << 2);
  const data: usize = load<u32>(column, DATA << 2);
  if (load<u32>(at) == NULL && op != OP_DEFERRED) {
    if ((load<u32>(column, FLAGS << 2) & MAY_BE_NULL) == 0) return 0;
    addNull(column);
    return at + 4;
  }
  const target = data + index * load<u32>(column, WIDTH << 2);
  switch (op) {
    case OP_FLOAT64:
      at = float64(at, target);
      break;
    case OP_INT:
      at = integer(at, target, column, true);
      break;
    case OP_TEXT:
      at = addText(at, column, data, index);
      break;
    case OP_TIMESTAMP:
      at = timestamp(at, target, column);
      break;
    case OP_UINT:
      at = integer(at, target, column, false);
      break;
    case OP_DECIMAL:
      at = decimal(at, target, column);
      break;
    case OP_DATE:
      at = date(at, target);
      break;
    case OP_TIME:
      at = time(at, target, column);
      break;
    case OP_BOOL:
      at = addBool(at, data, index);
      break;
    default:
      at = defer(at, data, index);
  }
  // Of a value that was not understood the line is taken back.
  store<u32>(column, index + 1, LENGTH << 2);
  return at;
}

/** Adds a list or a struct. */
function holder(at: usize, column: usize, op: u32): usize {
  const index: u32 = load<u32>(column, LENGTH << 2);
  if (load<u32>(at) == NULL) {
    if ((load<u32>(column, FLAGS << 2) & MAY_BE_NULL) == 0) return 0;
    addNull(column);
    return at + 4;
  }
  if (op == OP_LIST) at = addList(at, column, index);
  else at = <u32>load<u8>(at) == OPEN_OBJECT ? members(at + 1, column) : 0;
  store<u32>(column, index + 1, LENGTH << 2);
  return at;
}

function defer(at: usize, data: usize, index: u32): usize {
  const next = behindValue(at);
  const target = data + (index << 3);
  store<u32>(target, <u32>at);
  store<u32>(target, <u32>next, 4);
  return next;
}

function addText(at: usize, column: usize, data: usize, index: u32): usize {
  const used: u32 = load<u32>(column, USED << 2);
  const next = text(at, data + used);
  if (next != 0) setText(column, index, <u32>(textEnd - data));
  return next;
}

@inline
function setText(column: usize, index: u32, end: u32): void {
  store<u32>(column, end, USED << 2);
  setEnd(column, index, end);
}

/** Where cell `index` of a text or list column ends. */
@inline
function setEnd(column: usize, index: u32, end: u32): void {
  const offsets: usize = load<u32>(column, OFFSETS << 2);
  store<u32>(offsets + ((index + 1) << 2), end);
}

/** Where the cell before `index` ends. */
@inline
function startOf(column: usize, index: u32): u32 {
  const offsets: usize = load<u32>(column, OFFSETS << 2);
  return load<u32>(offsets + (index << 2));
}

function addBool(at: usize, data: usize, index: u32): usize {
  const word = load<u32>(at);
  const value: u32 = word == TRUE ? 1 : 0;
  if (value == 0 && (word != FALS || load<u8>(at, 4) != 0x65)) return 0;
  putBit(data, index, value != 0);
  return at + (value != 0 ? 4 : 5);
}

function addList(at: usize, column: usize, index: u32): usize {
  if (<u32>load<u8>(at) != OPEN_ARRAY) return 0;
  const item: usize = load<u32>(column, CHILDREN << 2);
  const op: u32 = load<u32>(item, OP << 2);
  at = skipSpace(at + 1);
  if (<u32>load<u8>(at) == CLOSE_ARRAY) {
    at++;
  } else {
    while (true) {
      at = op < <u32>OP_LIST ? scalar(at, item, op) : holder(at, item, op);
      if (at == 0) return 0;
      at = skipSpace(at);
      const byte: u32 = load<u8>(at++);
      if (byte == CLOSE_ARRAY) break;
      if (byte != COMMA) return 0;
      at = skipSpace(at);
    }
  }
  setEnd(column, index, load<u32>(item, LENGTH << 2));
  return at;
}

@inline
function putBit(bits: usize, index: u32, value: bool): void {
  const place = bits + (index >> 3);
  const bit: u32 = 1 << (index & 7);
  const byte: u32 = load<u8>(place);
  store<u8>(place, value ? byte | bit : byte & ~bit);
}

@inline
function hasBit(bits: usize, index: u32): bool {
  return ((<u32>load<u8>(bits + (index >> 3)) >> (index & 7)) & 1) != 0;
}

function addNull(column: usize): void {
  const index: u32 = load<u32>(column, LENGTH << 2);
  putBit(load<u32>(column, VALIDITY << 2), index, false);
  store<u32>(column, load<u32>(column, NULLS << 2) + 1, NULLS << 2);
  addEmpty(column);
}

/** What stands behind a null: as in ../../empty-cells.ts. */
function addEmpty(column: usize): void {
  const index: u32 = load<u32>(column, LENGTH << 2);
  const data: usize = load<u32>(column, DATA << 2);
  const op: u32 = load<u32>(column, OP << 2);
  if (op == OP_TEXT || op == OP_LIST) {
    setEnd(column, index, startOf(column, index));
  } else if (op == OP_BOOL) {
    putBit(data, index, false);
  } else if (op == OP_DEFERRED) {
    store<u64>(data + (index << 3), 0);
  } else if (op == OP_STRUCT) {
    let child: usize = load<u32>(column, CHILDREN << 2);
    const end = child + load<u32>(column, CHILD_COUNT << 2) * SIZE;
    for (; child < end; child += SIZE)
      if ((load<u32>(child, FLAGS << 2) & MAY_BE_NULL) != 0) addNull(child);
      else addEmpty(child);
  } else {
    const width: u32 = load<u32>(column, WIDTH << 2);
    memory.fill(data + index * width, 0, width);
  }
  store<u32>(column, index + 1, LENGTH << 2);
}

/** Nulls for the columns that an object lacks, marked as absent; false when one of them has to be there. */
function fillAbsent(struct: usize): bool {
  const length: u32 = load<u32>(struct, LENGTH << 2);
  let column: usize = load<u32>(struct, CHILDREN << 2);
  const end = column + load<u32>(struct, CHILD_COUNT << 2) * SIZE;
  for (; column < end; column += SIZE) {
    if (load<u32>(column, LENGTH << 2) != length) continue;
    if ((load<u32>(column, FLAGS << 2) & MAY_BE_ABSENT) == 0) return false;
    if (load<u32>(column, OP << 2) == OP_DEFERRED) addEmpty(column);
    else addNull(column);
    const absent: usize = load<u32>(column, ABSENT << 2);
    if (absent == 0) continue;
    putBit(absent, length, true);
    store<u32>(column, load<u32>(column, ABSENTS << 2) + 1, ABSENTS << 2);
  }
  return true;
}

/** Takes back the cells of a column from `length` on, and those within them, a cell that was only begun included. */
export function truncate(column: usize, length: u32): void {
  const op: u32 = load<u32>(column, OP << 2);
  if (op == OP_STRUCT) {
    let child: usize = load<u32>(column, CHILDREN << 2);
    const end = child + load<u32>(column, CHILD_COUNT << 2) * SIZE;
    for (; child < end; child += SIZE) truncate(child, length);
  } else if (op == OP_LIST) {
    truncate(load<u32>(column, CHILDREN << 2), startOf(column, length));
  } else if (op == OP_TEXT) {
    store<u32>(column, startOf(column, length), USED << 2);
  }
  const end: u32 = load<u32>(column, LENGTH << 2);
  const validity: usize = load<u32>(column, VALIDITY << 2);
  const absent: usize = load<u32>(column, ABSENT << 2);
  for (let index = length; index < end; index++) {
    if (!hasBit(validity, index)) {
      putBit(validity, index, true);
      store<u32>(column, load<u32>(column, NULLS << 2) - 1, NULLS << 2);
    }
    if (absent != 0 && hasBit(absent, index)) {
      putBit(absent, index, false);
      store<u32>(column, load<u32>(column, ABSENTS << 2) - 1, ABSENTS << 2);
    }
  }
  store<u32>(column, min(end, length), LENGTH << 2);
}
