import { Failure } from "../failure.js";
import {
  type FlatBuilder,
  type FlatRef,
  type FlatSlot,
  flatBool,
  flatInt16,
  flatInt32,
  flatRef,
} from "./flatbuffer-builder.js";
import type { Addressing, DataType, Field, IntType } from "./schema.js";
import {
  type TypeName,
  dateUnits,
  floatBits,
  intervalUnits,
  timeBits,
  timeUnits,
  typeIds,
  unionModes,
} from "./type-code.js";

/** What a field's table says of its type. */
export interface EncodedType {
  readonly id: number;
  readonly table: FlatRef;
  readonly children: readonly Field[];
}

/** Type names of texts and bytes, and of lists, by how they are addressed. */
const bytesNames: Record<"utf8" | "binary", Record<Addressing, TypeName>> = {
  utf8: { offset32: "utf8", offset64: "large_utf8", view: "utf8_view" },
  binary: { offset32: "binary", offset64: "large_binary", view: "binary_view" },
};
const listNames: Record<Addressing | "view64", TypeName> = {
  offset32: "list",
  offset64: "large_list",
  view: "list_view",
  view64: "large_list_view",
};

export function encodeInt(builder: FlatBuilder, type: IntType): FlatRef {
  return builder.table([flatInt32(type.bits), flatBool(type.signed)]);
}

/** @throws Failure(unsupported) for a dictionary, which is said beside the type and not as one. */
export function encodeType(builder: FlatBuilder, type: DataType): EncodedType {
  const make = (
    name: TypeName,
    slots: readonly (FlatSlot | undefined)[] = [],
    children: readonly Field[] = [],
  ): EncodedType => ({
    id: typeIds[name],
    table: builder.table(slots),
    children,
  });
  switch (type.type) {
    case "null":
    case "bool":
      return make(type.type);
    case "int":
      return make("int", [flatInt32(type.bits), flatBool(type.signed)]);
    case "float":
      return make("float", [position(floatBits, type.bits)]);
    case "decimal": {
      const { precision, scale, bits } = type;
      return make("decimal", [precision, scale, bits].map(flatInt32));
    }
    case "utf8":
    case "binary":
      return make(bytesNames[type.type][type.addressing]);
    case "fixed_size_binary":
      return make(type.type, [flatInt32(type.width)]);
    case "date":
      return make("date", [position(dateUnits, type.unit)]);
    case "time": {
      const bits = flatInt32(timeBits(type.unit));
      return make("time", [position(timeUnits, type.unit), bits]);
    }
    case "timestamp": {
      const { unit, timezone } = type;
      const zone =
        timezone === undefined ? undefined : builder.string(timezone);
      return make("timestamp", [position(timeUnits, unit), flatRef(zone)]);
    }
    case "duration":
      return make("duration", [position(timeUnits, type.unit)]);
    case "interval":
      return make("interval", [position(intervalUnits, type.unit)]);
    case "list":
      return make(listNames[type.addressing], [], [type.item]);
    case "fixed_size_list":
      return make("fixed_size_list", [flatInt32(type.size)], [type.item]);
    case "struct":
      return make("struct", [], type.fields);
    case "map":
      return make("map", [flatBool(type.keysSorted)], [type.entries]);
    case "union": {
      const ids = flatRef(builder.int32s(type.typeIds));
      const mode = position(unionModes, type.mode);
      return make("union", [mode, ids], type.fields);
    }
    case "run_end_encoded":
      return make("run_end_encoded", [], [type.runEnds, type.values]);
    case "dictionary":
      throw new Failure(
        "unsupported",
        "Arrow cannot say a dictionary whose values are a dictionary",
      );
  }
}

/** An enum's value: its position in the list. */
function position<T>(values: readonly T[], value: T): FlatSlot {
  return flatInt16(values.indexOf(value));
}
