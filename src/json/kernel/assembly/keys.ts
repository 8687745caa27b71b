// Which column a member goes to. It learns in which order the keys come and what stands around them, so
// that all of that is one comparison.
import {
  CHILD_COUNT,
  CHILDREN,
  DESCRIPTOR_WORDS,
  KEY,
  KEY_LENGTH,
  LEAD,
  LEAD_LENGTH,
  LEAD_MASK,
  LEAD_MAX,
} from "../layout";
import { COLON, equal, skipSpace } from "./scan";

const SIZE: u32 = DESCRIPTOR_WORDS << 2;

/** Where the value of the column that `columnAt` gave begins. */
export let valueStart: usize = 0;

/** Whether the same stands at `at` that led to the column's value the last time. */
@inline
export function holdsLead(at: usize, column: usize): bool {
  const low = v128.xor(v128.load(at), v128.load(column, LEAD << 2));
  const high = v128.xor(
    v128.load(at, 16),
    v128.load(column, (LEAD << 2) + 16),
  );
  return !v128.any_true(
    v128.or(
      v128.and(low, v128.load(column, LEAD_MASK << 2)),
      v128.and(high, v128.load(column, (LEAD_MASK << 2) + 16)),
    ),
  );
}

/**
 * The one of a struct's columns whose key comes behind `at`; 0 when there is none. It is stored at `link`, to be
 * expected the next time.
 */
export function columnAt(at: usize, struct: usize, link: usize): usize {
  const key = skipSpace(at);
  let column: usize = load<u32>(link);
  if (!holdsKey(key, column)) {
    column = load<u32>(struct, CHILDREN << 2);
    const end = column + load<u32>(struct, CHILD_COUNT << 2) * SIZE;
    while (!holdsKey(key, column)) if ((column += SIZE) == end) return 0;
    store<u32>(link, <u32>column);
  }
  const colon = skipSpace(key + load<u32>(column, KEY_LENGTH << 2));
  if (<u32>load<u8>(colon) != COLON) return 0;
  valueStart = skipSpace(colon + 1);
  const length = <u32>(valueStart - at);
  if (length <= <u32>LEAD_MAX) learnLead(column, at, length);
  return column;
}

function learnLead(column: usize, at: usize, length: u32): void {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  store<u32>(column, length, LEAD_LENGTH << 2);
  for (let part: u32 = 0; part < <u32>LEAD_MAX; part += 16) {
    v128.store(column + part, v128.load(at + part), LEAD << 2);
    const rest = i8x16.splat(<i8>(<i32>length - <i32>part));
    v128.store(column + part, i8x16.gt_s(rest, places), LEAD_MASK << 2);
  }
}

@inline
function holdsKey(at: usize, column: usize): bool {
  const key: usize = load<u32>(column, KEY << 2);
  return equal(at, key, load<u32>(column, KEY_LENGTH << 2));
}
