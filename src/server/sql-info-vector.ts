import { bitmapBytes, setBit } from "../arrow/bits.js";
import { bool, int32, int64, utf8 } from "../arrow/schema.js";
import type { DataType } from "../arrow/schema.js";
import type { Vector } from "../arrow/vector.js";
import { sqlInfoValue } from "./metadata-schemas.js";

/**
 * A fact about the server. What it is decides its member of the union: counts are bigints; int32 bitmasks and
 * enumerations numbers.
 */
export type Fact =
  | string
  | boolean
  | bigint
  | number
  | readonly string[]
  | ReadonlyMap<number, readonly number[]>;

/** The members' values, in the order of the members. */
interface Members {
  readonly texts: string[];
  readonly flags: boolean[];
  readonly counts: bigint[];
  readonly masks: number[];
  readonly lists: (readonly string[])[];
  readonly maps: ReadonlyMap<number, readonly number[]>[];
}

/** A dense union of facts. */
export function factsVector(facts: readonly Fact[]): Vector {
  const members: Members = {
    texts: [],
    flags: [],
    counts: [],
    masks: [],
    lists: [],
    maps: [],
  };
  const typeIds = new Int8Array(facts.length);
  const offsets = new Int32Array(facts.length);
  facts.forEach((fact, i) => {
    const [typeId, rows] = add(members, fact);
    typeIds[i] = typeId;
    offsets[i] = rows - 1;
  });
  const fields = sqlInfoValue.type === "union" ? sqlInfoValue.fields : [];
  const [, , , , listField, mapField] = fields;
  return {
    layout: "union",
    type: sqlInfoValue,
    length: facts.length,
    validity: undefined,
    typeIds,
    offsets,
    children: [
      textVector(members.texts),
      flagVector(members.flags),
      numberVector(int64, BigInt64Array.from(members.counts)),
      numberVector(int32, Int32Array.from(members.masks)),
      listVector(listField?.type, members.lists, textVector),
      listVector(
        mapField?.type,
        members.maps.map((map) => [...map]),
        (entries) => entriesVector(mapField?.type, entries),
      ),
    ],
  };
}

/** @returns the member's type id, and how many rows it has now */
function add(members: Members, fact: Fact): [number, number] {
  switch (typeof fact) {
    case "string":
      return [0, members.texts.push(fact)];
    case "boolean":
      return [1, members.flags.push(fact)];
    case "bigint":
      return [2, members.counts.push(fact)];
    case "number":
      return [3, members.masks.push(fact)];
    case "object":
      return fact instanceof Map
        ? [5, members.maps.push(fact)]
        : [4, members.lists.push(fact as readonly string[])];
  }
}

type Numbers = Int32Array | Uint32Array | BigInt64Array;

export function numberVector(type: DataType, values: Numbers): Vector {
  const { buffer, byteOffset, byteLength } = values;
  return {
    layout: "fixed",
    type,
    length: values.length,
    validity: undefined,
    width: values.BYTES_PER_ELEMENT,
    data: new Uint8Array(buffer, byteOffset, byteLength),
  };
}

function flagVector(flags: readonly boolean[]): Vector {
  const bits = new Uint8Array(bitmapBytes(flags.length));
  flags.forEach((flag, i) => {
    if (flag) setBit(bits, i);
  });
  const { length } = flags;
  return { layout: "bool", type: bool, length, validity: undefined, bits };
}

function textVector(texts: readonly string[]): Vector {
  const parts = texts.map((text) => Buffer.from(text));
  return {
    layout: "bytes",
    type: utf8,
    length: texts.length,
    validity: undefined,
    offsets: offsetsOf(parts.map(({ byteLength }) => byteLength)),
    data: new Uint8Array(Buffer.concat(parts)),
  };
}

function listVector<T>(
  type: DataType | undefined,
  lists: readonly (readonly T[])[],
  items: (all: readonly T[]) => Vector,
): Vector {
  return {
    layout: "list",
    type: type ?? { type: "null" },
    length: lists.length,
    validity: undefined,
    offsets: offsetsOf(lists.map(({ length }) => length)),
    child: items(lists.flat()),
  };
}

function entriesVector(
  map: DataType | undefined,
  entries: readonly (readonly [number, readonly number[]])[],
): Vector {
  const type: DataType =
    map?.type === "map" ? map.entries.type : { type: "null" };
  const [, value] = type.type === "struct" ? type.fields : [];
  return {
    layout: "struct",
    type,
    length: entries.length,
    validity: undefined,
    children: [
      numberVector(
        int32,
        Int32Array.from(entries, ([key]) => key),
      ),
      listVector(
        value?.type,
        entries.map(([, numbers]) => numbers),
        (numbers) => numberVector(int32, Int32Array.from(numbers)),
      ),
    ],
  };
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = (offsets[i] as number) + length;
  });
  return offsets;
}
