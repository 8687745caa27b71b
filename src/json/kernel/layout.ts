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
export const DESCRIPTOR_WORDS = 16;
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
/** int32 ends of texts, the first of them 0. */
export const OFFSETS = 6;
/** Bytes of texts so far. */
export const USED = 7;
/** Nulls so far. */
export const NULLS = 8;
/** The row that the column got its last cell in, or -1. */
export const ROW = 9;
/** Digits behind the point of a decimal or of a second. */
export const DIGITS = 10;
/** Bytes per value. */
export const WIDTH = 11;
/** Bitmap of the rows that lack the column, zero before; and how many these are. */
export const ABSENT = 12;
export const ABSENTS = 13;
/** Index of the column whose key came behind this one's the last time. */
export const NEXT = 14;
/** Digits that a decimal may have, at most 38. */
export const PRECISION = 15;

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

/** The tables of powers of ten are doubles from 10^-POWERS to 10^POWERS. */
export const POWERS = 280;
