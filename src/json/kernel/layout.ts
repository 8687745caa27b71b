/**
 * How TypeScript and the kernel share memory. Plain constants, so that both languages read this file.
 * All numbers are bytes unless said otherwise.
 */

/** Bytes of lines that the kernel sees at a time. Longer lines take the general way. */
export const WINDOW = 65_536;
/** Readable bytes behind the window: loads of 16 bytes may begin at its last byte. */
export const SLACK = 64;
/** Rows that one call parses at most; a multiple of 8. */
export const ROWS_MAX = 1024;

/** A column's descriptor is an array of so many int32. */
export const DESCRIPTOR_WORDS = 36;
/** One of the OP constants. */
export const OP = 0;
/** Where `"name"` stands, and how long it is, quotes included. */
export const KEY = 1;
export const KEY_LENGTH = 2;
/** Sum of the MAY constants. */
export const FLAGS = 3;
export const MAY_BE_NULL = 1;
export const MAY_BE_ABSENT = 2;
/** Bitmap, ones for values; the kernel clears bits. */
export const VALIDITY = 4;
/** Values; the texts of OP_TEXT; pairs of int32 (start, end in the window) of OP_DEFERRED. */
export const DATA = 5;
/** int32 ends of texts, or of lists in their item's cells; the first of them 0. */
export const OFFSETS = 6;
/** Bytes of texts so far. */
export const USED = 7;
/** Nulls so far. */
export const NULLS = 8;
/** Cells so far. */
export const LENGTH = 9;
/** Digits behind the point of a decimal or of a second. */
export const DIGITS = 10;
/** Bytes per value. */
export const WIDTH = 11;
/** Bitmap of the rows that lack the column, zero before, and how many these are; 0 when that is not told. */
export const ABSENT = 12;
export const ABSENTS = 13;
/** The descriptor of the column whose key came behind this one's the last time. */
export const NEXT = 14;
/** Digits that a decimal may have, at most 38. */
export const PRECISION = 15;
/** The descriptors of the fields of a struct, or of the item of a list, and how many they are. */
export const CHILDREN = 16;
export const CHILD_COUNT = 17;
/** The descriptor of the field whose key came first the last time. */
export const FIRST = 18;
/**
 * The column's lead: what stood between the comma or brace before its key and its value the last time. Its length,
 * its bytes (LEAD_MAX of them) and as many that tell by 0xff which of them count. At first it is one that never stands.
 */
export const LEAD_LENGTH = 19;
export const LEAD = 20;
export const LEAD_MASK = 28;
export const LEAD_MAX = 32;

export const OP_DEFERRED = 0;
export const OP_BOOL = 1;
export const OP_INT = 2;
export const OP_UINT = 3;
export const OP_FLOAT64 = 4;
export const OP_DECIMAL = 5;
export const OP_TEXT = 6;
export const OP_DATE = 7;
export const OP_TIME = 8;
export const OP_TIMESTAMP = 9;
export const OP_LIST = 10;
export const OP_STRUCT = 11;

/** The tables of powers of ten are doubles from 10^-POWERS to 10^POWERS. */
export const POWERS = 280;
