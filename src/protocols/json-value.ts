import { Failure } from "../failure.js";

const digits = Symbol("digits");

/** A number as its digits stand in the text, since a double keeps only 15 to 17 of them. */
export interface JsonNumber {
  readonly [digits]: string;
}

/** @param text a number in JSON's grammar. */
export function jsonNumber(text: string): JsonNumber {
  return { [digits]: text };
}

/** The text of a number; undefined for any other value. */
export function numberText(value: JsonSource | undefined): string | undefined {
  return isNumber(value) ? value[digits] : undefined;
}

function isNumber(value: JsonSource | undefined): value is JsonNumber {
  return typeof value === "object" && value !== null && digits in value;
}

/** A JSON document that lost nothing: numbers keep their digits, objects the order of their keys. */
export type JsonValue =
  null | boolean | string | JsonNumber | readonly JsonValue[] | JsonMap;

/** A map, since a plain object moves keys such as "1" to its front and takes no "__proto__". */
export type JsonMap = ReadonlyMap<string, JsonValue>;

/** What `writeJson` takes: parsed values, and literals of the program. Members that are undefined are left out. */
export type JsonSource =
  | null
  | boolean
  | string
  | number
  | JsonNumber
  | readonly JsonSource[]
  | ReadonlyMap<string, JsonSource>
  | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonSource | undefined;
}

/** Deeper documents are refused: nothing real comes near, and the call stack has an end. */
const depthMax = 256;

/**
 * Parses one JSON document (RFC 8259) exactly.
 * @throws Failure(invalid_input) with line and column.
 */
export function parseJson(text: string): JsonValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > depthMax)
      throw this.#failure(`nested deeper than ${String(depthMax)} levels`);
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length)
      throw this.#failure("text goes on behind the end of the JSON value");
  }

  #object(depth: number): JsonMap {
    const members = new Map<string, JsonValue>();
    this.#at += 1;
    if (this.#takes("}")) return members;
    do {
      this.#skipSpace();
      const key = this.#string();
      if (!this.#takes(":")) throw this.#failure("expected a colon");
      members.set(key, this.value(depth + 1));
    } while (this.#takes(","));
    if (!this.#takes("}")) throw this.#failure("expected a comma or }");
    return members;
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#takes("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.#takes(","));
    if (!this.#takes("]")) throw this.#failure("expected a comma or ]");
    return items;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"')
      throw this.#failure("expected a string in double quotes");
    let close = this.#at;
    do {
      close = this.#text.indexOf('"', close + 1);
      if (close < 0) throw this.#failure("the string has no end");
    } while (this.#isEscaped(close));
    const literal = this.#text.slice(this.#at, close + 1);
    try {
      const value: unknown = JSON.parse(literal);
      this.#at = close + 1;
      return String(value);
    } catch {
      throw this.#failure(
        "the string holds a raw control character or a bad escape",
      );
    }
  }

  #isEscaped(quote: number): boolean {
    let at = quote - 1;
    while (this.#text[at] === "\\") at -= 1;
    return (quote - at) % 2 === 0;
  }

  #number(): JsonNumber {
    const pattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    if (text === undefined) throw this.#failure("expected a JSON value");
    this.#at += text.length;
    return jsonNumber(text);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at))
      throw this.#failure("expected a JSON value");
    this.#at += word.length;
    return value;
  }

  #takes(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at += 1;
    }
  }

  #failure(reason: string): Failure {
    const before = this.#text.slice(0, this.#at);
    const line = before.split("\n").length;
    const column = this.#at - before.lastIndexOf("\n");
    const found =
      this.#at < this.#text.length
        ? `found ${JSON.stringify(this.#text.slice(this.#at, this.#at + 20))}`
        : "the text ends";
    return new Failure(
      "invalid_input",
      `${reason}, ${found} (line ${String(line)}, column ${String(column)})`,
    );
  }
}

/** JSON text of a value: compact, or over several lines when `indent` says how many blanks a level has. */
export function writeJson(value: JsonSource, indent = 0): string {
  return write(value, indent, "\n");
}

function write(value: JsonSource, indent: number, newline: string): string {
  if (isNumber(value)) return value[digits];
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const inner = newline + " ".repeat(indent);
  if (isArray(value)) {
    const items = value.map((item) => write(item, indent, inner));
    return enclose("[", items, "]", indent, newline);
  }
  const colon = indent === 0 ? ":" : ": ";
  const members: string[] = [];
  for (const [key, member] of isMap(value) ? value : Object.entries(value)) {
    if (member === undefined) continue;
    members.push(JSON.stringify(key) + colon + write(member, indent, inner));
  }
  return enclose("{", members, "}", indent, newline);
}

function enclose(
  open: string,
  parts: readonly string[],
  close: string,
  indent: number,
  newline: string,
): string {
  if (parts.length === 0 || indent === 0) return open + parts.join(",") + close;
  const inner = newline + " ".repeat(indent);
  return open + inner + parts.join("," + inner) + newline + close;
}

/** `Array.isArray` does not narrow read-only arrays, nor `instanceof` read-only maps. */
export function isArray(value: JsonSource): value is readonly JsonSource[];
export function isArray(value: JsonValue): value is readonly JsonValue[];
export function isArray(value: unknown): boolean {
  return Array.isArray(value);
}

export function isMap(value: JsonValue): value is JsonMap;
export function isMap(
  value: JsonSource,
): value is ReadonlyMap<string, JsonSource>;
export function isMap(value: unknown): boolean {
  return value instanceof Map;
}
