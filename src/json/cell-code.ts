import type { DataType, Field } from "../arrow/schema.js";
import { Failure } from "../failure.js";

/**
 * How one value is read from its buffers and written as text: a small integer per memory layout and meaning,
 * so that the loops over cells branch on a number instead of calling through an object.
 */
export const cell = {
  none: 0,
  bool: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  uint8: 6,
  uint16: 7,
  uint32: 8,
  uint64: 9,
  float16: 10,
  float32: 11,
  float64: 12,
  decimal: 13,
  utf8: 14,
  binary: 15,
  fixedBinary: 16,
  dateDay: 17,
  dateMs: 18,
  time32: 19,
  time64: 20,
  timestamp: 21,
  duration: 22,
  months: 23,
  dayTime: 24,
  monthDayNano: 25,
  list: 26,
  fixedList: 27,
  struct: 28,
  /** A map with utf8 keys: a JSON object. */
  mapObject: 29,
  /** Any other map: an array of `{"key":…,"value":…}`. */
  mapEntries: 30,
  union: 31,
} as const;

export type CellCode = (typeof cell)[keyof typeof cell];

const signedCodes = {
  8: cell.int8,
  16: cell.int16,
  32: cell.int32,
  64: cell.int64,
} as const;
const unsignedCodes = {
  8: cell.uint8,
  16: cell.uint16,
  32: cell.uint32,
  64: cell.uint64,
} as const;
const floatCodes = {
  16: cell.float16,
  32: cell.float32,
  64: cell.float64,
} as const;
const intervalCodes = {
  year_month: cell.months,
  day_time: cell.dayTime,
  month_day_nano: cell.monthDayNano,
} as const;

/** @throws Failure(internal) for encodings that canonical schemas do not have. */
export function codeOf(type: DataType): CellCode {
  switch (type.type) {
    case "null":
      return cell.none;
    case "bool":
      return cell.bool;
    case "int":
      return (type.signed ? signedCodes : unsignedCodes)[type.bits];
    case "float":
      return floatCodes[type.bits];
    case "decimal":
      return cell.decimal;
    case "utf8":
      return cell.utf8;
    case "binary":
      return cell.binary;
    case "fixed_size_binary":
      return cell.fixedBinary;
    case "date":
      return type.unit === "day" ? cell.dateDay : cell.dateMs;
    case "time":
      return type.unit === "s" || type.unit === "ms"
        ? cell.time32
        : cell.time64;
    case "timestamp":
      return cell.timestamp;
    case "duration":
      return cell.duration;
    case "interval":
      return intervalCodes[type.unit];
    case "list":
      return cell.list;
    case "fixed_size_list":
      return cell.fixedList;
    case "struct":
      return cell.struct;
    case "map":
      return entryFields(type.entries)[0].type.type === "utf8"
        ? cell.mapObject
        : cell.mapEntries;
    case "union":
      return cell.union;
    case "dictionary":
    case "run_end_encoded":
      throw new Failure(
        "internal",
        `${type.type} reached the JSON code; canonical schemas have its values' type instead`,
      );
  }
}

/** The two fields of a map's entries under the names that JSON gives them, whatever the schema calls them. */
export function entryFields(entries: Field): readonly [Field, Field] {
  const fields = entries.type.type === "struct" ? entries.type.fields : [];
  const [key, value] = fields;
  if (key === undefined || value === undefined)
    throw new Failure("internal", "a map's entries are not a key and a value");
  return [
    { ...key, name: "key" },
    { ...value, name: "value" },
  ];
}

/** Digits behind the decimal point of a second. */
const fractionDigits = { s: 0, ms: 3, us: 6, ns: 9 } as const;

/** Bytes per value of the fixed layout; 0 for every other. */
export function widthOf(type: DataType): number {
  switch (type.type) {
    case "int":
    case "float":
    case "decimal":
      return type.bits / 8;
    case "fixed_size_binary":
      return type.width;
    case "date":
      return type.unit === "day" ? 4 : 8;
    case "time":
      return type.unit === "s" || type.unit === "ms" ? 4 : 8;
    case "timestamp":
    case "duration":
      return 8;
    case "interval":
      return { year_month: 4, day_time: 8, month_day_nano: 16 }[type.unit];
    case "null":
    case "bool":
    case "utf8":
    case "binary":
    case "list":
    case "fixed_size_list":
    case "struct":
    case "map":
    case "union":
    case "dictionary":
    case "run_end_encoded":
      return 0;
  }
}

/** @throws Failure(unsupported) when two fields have one name. */
export function refuseDuplicates(fields: readonly Field[], path: string): void {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name))
      throw new Failure(
        "unsupported",
        `two columns${path === "" ? "" : ` in "${path}"`} are named ${JSON.stringify(name)}; give one another name in the query`,
      );
    names.add(name);
  }
}

/** Digits behind the point of a decimal, or of the seconds of a time; 0 for every other type. */
export function digitsOf(type: DataType): number {
  switch (type.type) {
    case "decimal":
      return type.scale;
    case "time":
    case "timestamp":
    case "duration":
      return fractionDigits[type.unit];
    default:
      return 0;
  }
}
