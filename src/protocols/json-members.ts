import { Failure } from "../failure.js";
import { readString, skipSpace, skipValue } from "../json/scan.js";

/** One member of an object that was only looked over: where its value stands. */
export interface Member {
  readonly key: string;
  /** First byte of the value. */
  readonly start: number;
  /** Byte behind the value. */
  readonly end: number;
}

export interface Members {
  /** By key; of a key that stands twice the last counts, as in most parsers. */
  readonly members: ReadonlyMap<string, Member>;
  /** Byte behind the closing brace. */
  readonly next: number;
}

const comma = 0x2c;
const colon = 0x3a;
const open = 0x7b;
const close = 0x7d;

/**
 * Members of the object at `at`, which may have blanks before it.
 * @throws Failure(invalid_input) when there is no object or its text is broken.
 */
export function membersOf(bytes: Uint8Array, at: number, end: number): Members {
  const start = skipSpace(bytes, at, end);
  if (start >= end || bytes[start] !== open)
    throw new Failure("invalid_input", "expected a JSON object");
  const members = new Map<string, Member>();
  const first = skipSpace(bytes, start + 1, end);
  if (first < end && bytes[first] === close)
    return { members, next: first + 1 };
  const behind = readMember(bytes, first, end, members);
  return { members, next: readOthers(bytes, behind, end, members) };
}

/** The rest of an object, from behind one of its values. */
export function membersBehind(
  bytes: Uint8Array,
  at: number,
  end: number,
): Members {
  const members = new Map<string, Member>();
  return { members, next: readOthers(bytes, at, end, members) };
}

function readOthers(
  bytes: Uint8Array,
  at: number,
  end: number,
  members: Map<string, Member>,
): number {
  for (;;) {
    at = skipSpace(bytes, at, end);
    const byte = at < end ? bytes[at] : undefined;
    if (byte === close) return at + 1;
    if (byte !== comma)
      throw new Failure("invalid_input", "expected a comma or } in an object");
    at = readMember(bytes, skipSpace(bytes, at + 1, end), end, members);
  }
}

function readMember(
  bytes: Uint8Array,
  at: number,
  end: number,
  members: Map<string, Member>,
): number {
  const { value: key, next } = readString(bytes, at, end);
  const behindKey = skipSpace(bytes, next, end);
  if (behindKey >= end || bytes[behindKey] !== colon)
    throw new Failure("invalid_input", "expected a colon behind a key");
  const start = skipSpace(bytes, behindKey + 1, end);
  const behind = skipValue(bytes, start, end);
  members.set(key, { key, start, end: behind });
  return behind;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text of a range.
 * @throws Failure(invalid_input) when it is not UTF-8.
 */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch (error) {
    throw new Failure("invalid_input", "the text is not valid UTF-8", {
      cause: error,
    });
  }
}
