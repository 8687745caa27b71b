import { Failure } from "../failure.js";
import type { FlatTable } from "./flatbuffer.js";
import type { DataType, Field, IntType } from "./schema.js";
import {
  dateUnits,
  floatBits,
  intervalUnits,
  timeBits,
  timeUnits,
  typeNames,
  unionModes,
} from "./type-code.js";

/** @throws Failure(invalid_data) for a type that does not exist or lacks its parts. */
export function decodeInt(table: FlatTable): IntType {
  const bits = table.int32(0);
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) {
    throw invalid(`an integer of ${String(bits)} bits`);
  }
  return { type: "int", bits, signed: table.bool(1) };
}

/**
 * @param id the number of the type on the wire.
 * @throws Failure(invalid_data) for a type that does not exist or lacks its parts.
 */
export function decodeType(
  id: number,
  table: FlatTable,
  children: readonly Field[],
): DataType {
  const name = typeNames.get(id);
  if (name === undefined) {
    throw new Failure(
      "unsupported",
      `Arrow type number ${String(id)} is not known here (columnar format 1.5 ends at 26)`,
    );
  }
  switch (name) {
    case "null":
    case "bool":
      return { type: name };
    case "int":
      return decodeInt(table);
    case "float":
      return { type: "float", bits: pick(floatBits, table.int16(0), name) };
    case "decimal":
      return decodeDecimal(table);
    case "utf8":
    case "binary":
      return { type: name, addressing: "offset32" };
    case "large_utf8":
      return { type: "utf8", addressing: "offset64" };
    case "large_binary":
      return { type: "binary", addressing: "offset64" };
    case "utf8_view":
      return { type: "utf8", addressing: "view" };
    case "binary_view":
      return { type: "binary", addressing: "view" };
    case "fixed_size_binary":
      return { type: name, width: size(table.int32(0), name) };
    case "date":
      return { type: name, unit: pick(dateUnits, table.int16(0, 1), name) };
    case "time":
      return decodeTime(table);
    case "timestamp":
      return decodeTimestamp(table);
    case "duration":
      return { type: name, unit: pick(timeUnits, table.int16(0, 1), name) };
    case "interval":
      return { type: name, unit: pick(intervalUnits, table.int16(0), name) };
    case "list":
      return list("offset32", children);
    case "large_list":
      return list("offset64", children);
    case "list_view":
      return list("view", children);
    case "large_list_view":
      return list("view64", children);
    case "fixed_size_list": {
      const [item] = exactly(1, children, name);
      return { type: name, size: size(table.int32(0), name), item };
    }
    case "struct":
      return { type: name, fields: children };
    case "map":
      return decodeMap(table, children);
    case "union":
      return decodeUnion(table, children);
    case "run_end_encoded":
      return decodeRunEndEncoded(children);
  }
}

function decodeDecimal(table: FlatTable): DataType {
  const precision = table.int32(0);
  const scale = table.int32(1);
  const bits = table.int32(2, 128);
  if (bits !== 32 && bits !== 64 && bits !== 128 && bits !== 256) {
    throw invalid(`a decimal of ${String(bits)} bits`);
  }
  // 76 digits fill 256 bits. Scales beyond a signed byte would only make texts of zeros.
  if (precision < 1 || precision > 76 || scale < -128 || scale > 127) {
    throw invalid(`decimal(${String(precision)}, ${String(scale)})`);
  }
  return { type: "decimal", bits, precision, scale };
}

function decodeTime(table: FlatTable): DataType {
  const unit = pick(timeUnits, table.int16(0, 1), "time");
  const bits = table.int32(1, 32);
  if (bits !== timeBits(unit)) {
    throw invalid(`time${String(bits)}[${unit}]`);
  }
  return { type: "time", unit };
}

function decodeTimestamp(table: FlatTable): DataType {
  const unit = pick(timeUnits, table.int16(0), "timestamp");
  const timezone = table.string(1) ?? "";
  // An empty text means the same as none (Schema.fbs, table Timestamp).
  if (timezone === "") return { type: "timestamp", unit };
  return { type: "timestamp", unit, timezone };
}

function list(
  addressing: "offset32" | "offset64" | "view" | "view64",
  children: readonly Field[],
): DataType {
  const [item] = exactly(1, children, "list");
  return { type: "list", addressing, item };
}

function decodeMap(table: FlatTable, children: readonly Field[]): DataType {
  const [entries] = exactly(1, children, "map");
  if (entries.type.type !== "struct" || entries.type.fields.length !== 2) {
    throw invalid("a map whose entries are not a struct of key and value");
  }
  return { type: "map", entries, keysSorted: table.bool(0) };
}

function decodeUnion(table: FlatTable, children: readonly Field[]): DataType {
  const mode = pick(unionModes, table.int16(0), "union");
  const vector = table.vector(1, 4);
  const ids = children.map((_, i) => i);
  if (vector !== undefined) {
    ids.length = 0;
    for (let i = 0; i < vector.count; i++) {
      ids.push(vector.view.getInt32(vector.start + 4 * i, true));
    }
  }
  if (
    ids.length !== children.length ||
    new Set(ids).size !== ids.length ||
    ids.some((id) => id < 0 || id > 127)
  ) {
    throw invalid(
      `a union of ${String(children.length)} types with the type ids ${ids.slice(0, 130).join(", ")}`,
    );
  }
  return { type: "union", mode, typeIds: ids, fields: children };
}

function decodeRunEndEncoded(children: readonly Field[]): DataType {
  const [runEnds, values] = exactly(2, children, "run_end_encoded");
  const { type } = runEnds;
  if (type.type !== "int" || !type.signed || type.bits === 8) {
    throw invalid("run ends that are not int16, int32 or int64");
  }
  return { type: "run_end_encoded", runEnds, values };
}

function pick<T>(values: readonly T[], index: number, name: string): T {
  const value = values[index];
  if (value === undefined) {
    throw invalid(`type ${name} with the unit number ${String(index)}`);
  }
  return value;
}

function size(value: number, name: string): number {
  if (value < 0) throw invalid(`type ${name} of size ${String(value)}`);
  return value;
}

function exactly(n: 1, of: readonly Field[], name: string): [Field];
function exactly(n: 2, of: readonly Field[], name: string): [Field, Field];
function exactly(
  count: number,
  children: readonly Field[],
  name: string,
): readonly Field[] {
  if (children.length === count) return children;
  throw invalid(
    `type ${name} with ${String(children.length)} child fields instead of ${String(count)}`,
  );
}

function invalid(what: string): Failure {
  return new Failure("invalid_data", `malformed Arrow schema: ${what}`);
}
