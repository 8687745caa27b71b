import { Failure } from "../failure.js";
import type { Addressing, DataType, Field } from "./schema.js";
import { TypeNameParser } from "./type-name-parser.js";

const floats = { 16: "halffloat", 32: "float", 64: "double" } as const;
const prefixes: Record<Addressing, string> = {
  offset32: "",
  offset64: "large_",
  view: "",
};

/**
 * The type in one line, as `DataType::ToString` of Arrow C++ writes it (cpp/src/arrow/type.cc), for
 * example `decimal128(38, 9)` or `list<item: int32 not null>`. Differences: names that contain more than
 * letters, digits and `_ $ . -` are JSON strings, and a map's value says `not null` too. What it does
 * not say: metadata of child fields, and that a map's key and entries are never null.
 */
export function typeName(type: DataType): string {
  switch (type.type) {
    case "null":
    case "bool":
      return type.type;
    case "int":
      return `${type.signed ? "" : "u"}int${String(type.bits)}`;
    case "float":
      return floats[type.bits];
    case "decimal":
      return `decimal${String(type.bits)}(${String(type.precision)}, ${String(type.scale)})`;
    case "utf8":
    case "binary": {
      const name = type.type === "utf8" ? "string" : "binary";
      const suffix = type.addressing === "view" ? "_view" : "";
      return prefixes[type.addressing] + name + suffix;
    }
    case "fixed_size_binary":
      return `fixed_size_binary[${String(type.width)}]`;
    case "date":
      return type.unit === "day" ? "date32[day]" : "date64[ms]";
    case "time":
      return `time${type.unit === "s" || type.unit === "ms" ? "32" : "64"}[${type.unit}]`;
    case "timestamp": {
      const zone =
        type.timezone === undefined ? "" : `, tz=${zoneText(type.timezone)}`;
      return `timestamp[${type.unit}${zone}]`;
    }
    case "duration":
      return `duration[${type.unit}]`;
    case "interval":
      return {
        year_month: "month_interval",
        day_time: "day_time_interval",
        month_day_nano: "month_day_nano_interval",
      }[type.unit];
    case "list":
      return `${{ ...prefixes, view64: "large_" }[type.addressing]}list${
        type.addressing.startsWith("view") ? "_view" : ""
      }<${fieldText(type.item)}>`;
    case "fixed_size_list":
      return `fixed_size_list<${fieldText(type.item)}>[${String(type.size)}]`;
    case "struct":
      return `struct<${type.fields.map(fieldText).join(", ")}>`;
    case "map":
      return mapText(type.entries, type.keysSorted);
    case "union": {
      const members = type.fields.map(
        (field, i) => `${fieldText(field)}=${String(type.typeIds[i])}`,
      );
      return `${type.mode}_union<${members.join(", ")}>`;
    }
    case "dictionary":
      return `dictionary<values=${typeName(type.value)}, indices=${typeName(type.index)}, ordered=${type.ordered ? "1" : "0"}>`;
    case "run_end_encoded":
      return `run_end_encoded<${fieldText(type.runEnds)}, ${fieldText(type.values)}>`;
  }
}

/**
 * Reads what `typeName` writes, spaces aside.
 * @throws Failure(invalid_input) for anything else, and for dictionaries and runs, which are ways to
 * send values and no types of them.
 */
export function parseTypeName(text: string): DataType {
  return new TypeNameParser(text).parse();
}

function fieldText(field: Field): string {
  return `${nameText(field.name)}: ${valueText(field)}`;
}

function valueText({ type, nullable }: Field): string {
  return typeName(type) + (nullable ? "" : " not null");
}

function nameText(name: string): string {
  return /^[\p{L}\p{N}_$.-]+$/u.test(name) ? name : JSON.stringify(name);
}

function zoneText(zone: string): string {
  return /^[A-Za-z0-9_+:/-]+$/.test(zone) ? zone : JSON.stringify(zone);
}

/** Names that are not the usual ones stand in brackets behind what they name, as in Arrow C++. */
function mapText(entries: Field, keysSorted: boolean): string {
  const [key, value] =
    entries.type.type === "struct" ? entries.type.fields : [];
  if (key === undefined || value === undefined) {
    throw new Failure("internal", "a map without key and value");
  }
  const unusual = (name: string, usual: string): string =>
    name === usual ? "" : ` (${JSON.stringify(name)})`;
  return [
    `map<${typeName(key.type)}${unusual(key.name, "key")}`,
    `, ${valueText(value)}${unusual(value.name, "value")}`,
    keysSorted ? ", keys_sorted" : "",
    `${unusual(entries.name, "entries")}>`,
  ].join("");
}
