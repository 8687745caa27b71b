/**
 * How TypeScript and the writer's kernel share memory. Plain constants, so that both languages read this file.
 * All numbers are bytes unless said otherwise.
 */

/** A column's descriptor is an array of so many int32. */
export const DESCRIPTOR_WORDS = 10;
/** One of the OP constants. */
export const OP = 0;
/** Where `"name":` stands, behind the comma of all columns but the first, and how long it is. */
export const KEY = 1;
export const KEY_LENGTH = 2;
/** Bitmap, ones for values; 0 when no value is null. */
export const VALIDITY = 3;
/** Values; what the offsets of OP_TEXT, OP_BINARY and OP_RAW count from. */
export const DATA = 4;
/** int32, one more than rows. */
export const OFFSETS = 5;
/** Bytes per value. */
export const WIDTH = 6;
/** Digits behind the point of a decimal or of a second. */
export const DIGITS = 7;
/** One of the NONFINITE constants. */
export const NONFINITE = 8;
/** 1 when a Z follows a timestamp. */
export const ZULU = 9;

export const OP_NULL = 0;
export const OP_BOOL = 1;
export const OP_INT8 = 2;
export const OP_INT16 = 3;
export const OP_INT32 = 4;
export const OP_INT64 = 5;
export const OP_UINT8 = 6;
export const OP_UINT16 = 7;
export const OP_UINT32 = 8;
export const OP_UINT64 = 9;
export const OP_FLOAT16 = 10;
export const OP_FLOAT32 = 11;
export const OP_FLOAT64 = 12;
export const OP_DECIMAL = 13;
export const OP_TEXT = 14;
export const OP_BINARY = 15;
export const OP_FIXED_BINARY = 16;
export const OP_DATE_DAY = 17;
export const OP_DATE_MS = 18;
export const OP_TIME32 = 19;
export const OP_TIME64 = 20;
export const OP_TIMESTAMP = 21;
export const OP_DURATION = 22;
export const OP_MONTHS = 23;
export const OP_DAY_TIME = 24;
export const OP_MONTH_DAY_NANO = 25;
/** JSON that the twin has written. */
export const OP_RAW = 26;

export const NONFINITE_STRING = 0;
export const NONFINITE_NULL = 1;
/** The row is refused. */
export const NONFINITE_FAIL = 2;

/**
 * Bytes that may be read or written behind the end of anything: a step of 16 begins at its last byte at the
 * latest.
 */
export const OVERHANG = 16;

/** The tables begin with 10^POWER_MIN to 10^POWER_MAX, 128 bits each: see powers.ts. */
export const POWER_MIN = -292;
export const POWER_MAX = 324;
/** "0000" to "9999". */
export const QUADS_AT = 16 * (POWER_MAX - POWER_MIN + 1);
/** Dates that were written lately, 16 bytes each. */
export const DATES_AT = QUADS_AT + 4 * 10_000;
/** A power of two. */
export const DATES = 256;
/** Digits of a decimal of up to 256 bits, and its 32-bit limbs. */
export const SCRATCH_AT = DATES_AT + 16 * DATES;
export const TABLES_BYTES = SCRATCH_AT + 160;
