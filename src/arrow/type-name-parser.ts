import { Failure } from "../failure.js";
import type { DataType, Field, TimeUnit } from "./schema.js";

/** Deeper than any schema that a message may hold. */
const depthMax = 100;

/** Types whose name says all. */
const plainTypes: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ["null", { type: "null" }],
  ["bool", { type: "bool" }],
  ...([8, 16, 32, 64] as const).flatMap((bits): [string, DataType][] => [
    [`int${String(bits)}`, { type: "int", bits, signed: true }],
    [`uint${String(bits)}`, { type: "int", bits, signed: false }],
  ]),
  ["halffloat", { type: "float", bits: 16 }],
  ["float", { type: "float", bits: 32 }],
  ["double", { type: "float", bits: 64 }],
  ["string", { type: "utf8", addressing: "offset32" }],
  ["large_string", { type: "utf8", addressing: "offset64" }],
  ["string_view", { type: "utf8", addressing: "view" }],
  ["binary", { type: "binary", addressing: "offset32" }],
  ["large_binary", { type: "binary", addressing: "offset64" }],
  ["binary_view", { type: "binary", addressing: "view" }],
  ["month_interval", { type: "interval", unit: "year_month" }],
  ["day_time_interval", { type: "interval", unit: "day_time" }],
  ["month_day_nano_interval", { type: "interval", unit: "month_day_nano" }],
]);

const listAddressings = new Map([
  ["list", "offset32"],
  ["large_list", "offset64"],
  ["list_view", "view"],
  ["large_list_view", "view64"],
] as const);

const decimals = new Map([
  ["decimal32", { bits: 32, digits: 9 }],
  ["decimal64", { bits: 64, digits: 18 }],
  ["decimal128", { bits: 128, digits: 38 }],
  ["decimal256", { bits: 256, digits: 76 }],
] as const);

/** Units in brackets, by the name before them. */
const unitsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ["date32", ["day"]],
  ["date64", ["ms"]],
  ["time32", ["s", "ms"]],
  ["time64", ["us", "ns"]],
  ["timestamp", ["s", "ms", "us", "ns"]],
  ["duration", ["s", "ms", "us", "ns"]],
]);

/** Reads one line that `typeName` wrote. */
export class TypeNameParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws Failure(invalid_input) */
  parse(): DataType {
    const type = this.#type();
    this.#skipSpaces();
    if (this.#at < this.#text.length) throw this.#unexpected("the end");
    return type;
  }

  #type(): DataType {
    this.#depth += 1;
    if (this.#depth > depthMax) {
      throw this.#unexpected(`at most ${String(depthMax)} nested types`);
    }
    const name = this.#match(/[a-z0-9_]+/y) ?? "";
    const type = plainTypes.get(name) ?? this.#parametric(name);
    this.#depth -= 1;
    return type;
  }

  #parametric(name: string): DataType {
    if (unitsOf.has(name)) return this.#temporal(name);
    const decimal = get(decimals, name);
    if (decimal !== undefined) return this.#decimal(decimal);
    const addressing = get(listAddressings, name);
    if (addressing !== undefined) {
      const item = this.#within("<", ">", () => this.#field());
      return { type: "list", addressing, item };
    }
    switch (name) {
      case "fixed_size_binary":
        return { type: name, width: this.#size() };
      case "fixed_size_list": {
        const item = this.#within("<", ">", () => this.#field());
        return { type: name, size: this.#size(), item };
      }
      case "struct":
        return { type: name, fields: this.#many(() => this.#field()) };
      case "map":
        return this.#within("<", ">", () => this.#map());
      case "dense_union":
        return this.#union("dense");
      case "sparse_union":
        return this.#union("sparse");
      default:
        throw this.#unexpected("the name of an Arrow type");
    }
  }

  #temporal(name: string): DataType {
    return this.#within("[", "]", () => {
      const unit = this.#match(/[a-z]+/y) ?? "";
      if (unitsOf.get(name)?.includes(unit) !== true) {
        throw this.#unexpected(`a unit of ${name}`);
      }
      if (name.startsWith("date")) {
        return { type: "date", unit: unit === "day" ? "day" : "ms" };
      }
      const timeUnit = unit as TimeUnit;
      if (name === "duration") return { type: name, unit: timeUnit };
      if (name !== "timestamp") return { type: "time", unit: timeUnit };
      if (!this.#take(",")) return { type: name, unit: timeUnit };
      this.#expect("tz=");
      const timezone = this.#quoted() ?? this.#match(/[A-Za-z0-9_+:/-]+/y);
      if (timezone === undefined) throw this.#unexpected("a timezone");
      return { type: name, unit: timeUnit, timezone };
    });
  }

  #decimal({
    bits,
    digits,
  }: {
    readonly bits: 32 | 64 | 128 | 256;
    readonly digits: number;
  }): DataType {
    return this.#within("(", ")", () => {
      const precision = this.#integer(1, digits);
      this.#expect(",");
      const scale = this.#integer(-128, 127);
      return { type: "decimal", bits, precision, scale };
    });
  }

  #map(): DataType {
    const keyType = this.#type();
    const keyName = this.#unusual() ?? "key";
    this.#expect(",");
    const value = this.#value("value");
    const valueName = this.#unusual() ?? value.name;
    const keysSorted = this.#take(",");
    if (keysSorted) this.#expect("keys_sorted");
    const name = this.#unusual() ?? "entries";
    const fields = [
      { name: keyName, type: keyType, nullable: false },
      { ...value, name: valueName },
    ];
    const type: DataType = { type: "struct", fields };
    return {
      type: "map",
      entries: { name, type, nullable: false },
      keysSorted,
    };
  }

  #union(mode: "dense" | "sparse"): DataType {
    const typeIds: number[] = [];
    const fields = this.#many(() => {
      const field = this.#field();
      this.#expect("=");
      const id = this.#integer(0, 127);
      if (typeIds.includes(id)) throw this.#unexpected("another type id");
      typeIds.push(id);
      return field;
    });
    return { type: "union", mode, typeIds, fields };
  }

  #field(): Field {
    const name = this.#quoted() ?? this.#match(/[\p{L}\p{N}_$.-]+/uy);
    if (name === undefined) throw this.#unexpected("the name of a field");
    this.#expect(":");
    return this.#value(name);
  }

  #value(name: string): Field {
    const type = this.#type();
    const nullable = this.#match(/not +null/y) === undefined;
    return { name, type, nullable };
  }

  /** A name in brackets. */
  #unusual(): string | undefined {
    if (!this.#take("(")) return undefined;
    const name = this.#quoted();
    if (name === undefined) throw this.#unexpected("a name in quotes");
    this.#expect(")");
    return name;
  }

  #many<T>(one: () => T): readonly T[] {
    return this.#within("<", ">", () => {
      const all: T[] = [];
      if (this.#peek(">")) return all;
      do all.push(one());
      while (this.#take(","));
      return all;
    });
  }

  #within<T>(open: string, close: string, inside: () => T): T {
    this.#expect(open);
    const result = inside();
    this.#expect(close);
    return result;
  }

  #size(): number {
    return this.#within("[", "]", () => this.#integer(0, 0x7fff_ffff));
  }

  #integer(min: number, max: number): number {
    const value = Number(this.#match(/-?[0-9]+/y));
    if (value >= min && value <= max) return value;
    throw this.#unexpected(`a number from ${String(min)} to ${String(max)}`);
  }

  /** A JSON string. */
  #quoted(): string | undefined {
    const text = this.#match(/"(?:[^"\\]|\\.)*"/y);
    if (text === undefined) return undefined;
    try {
      return String(JSON.parse(text));
    } catch {
      throw this.#unexpected("a JSON string");
    }
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === " ") this.#at += 1;
  }

  #peek(text: string): boolean {
    this.#skipSpaces();
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    const found = this.#peek(text);
    if (found) this.#at += text.length;
    return found;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(JSON.stringify(text));
  }

  #match(sticky: RegExp): string | undefined {
    this.#skipSpaces();
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #unexpected(wanted: string): Failure {
    const shown =
      this.#text.length > 80 ? `${this.#text.slice(0, 80)}…` : this.#text;
    return new Failure(
      "invalid_input",
      `${JSON.stringify(shown)} is not an Arrow type: ${wanted} should stand at character ${String(this.#at + 1)}`,
    );
  }
}

/** `get` for keys that need not be in the map's own key type. */
function get<V>(map: ReadonlyMap<string, V>, key: string): V | undefined {
  return map.get(key);
}
