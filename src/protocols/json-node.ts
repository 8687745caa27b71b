import { Failure, type FailureCode } from "../failure.js";
import {
  isArray,
  isMap,
  numberText,
  parseJson,
  type JsonValue,
} from "./json-value.js";

/**
 * A place in a JSON document that others wrote. Readers ask it for what they expect; what is not so becomes
 * a Failure that names the place. An explicit null counts as absent, as PyAirbyte writes every key it knows.
 */
export class JsonNode {
  readonly value: JsonValue | undefined;
  /** How the document is called in messages. */
  readonly #document: string;
  /** The way to the place: `streams[2].schema`; empty for the whole document. */
  readonly #way: string;
  readonly #code: FailureCode;

  constructor(
    value: JsonValue | undefined,
    document: string,
    code: FailureCode,
    way = "",
  ) {
    this.value = value === null ? undefined : value;
    this.#document = document;
    this.#code = code;
    this.#way = way;
  }

  /** @throws Failure(code) when the text is no JSON. */
  static parse(text: string, name: string, code: FailureCode): JsonNode {
    try {
      return new JsonNode(parseJson(text), name, code);
    } catch (error) {
      const { message } = Failure.from(error);
      throw new Failure(code, `${name}: ${message}`, { cause: error });
    }
  }

  /** `catalog: streams[2].schema` */
  get path(): string {
    return this.#way === ""
      ? this.#document
      : `${this.#document}: ${this.#way}`;
  }

  get exists(): boolean {
    return this.value !== undefined;
  }

  /** A member; of anything but an object it is absent. */
  get(key: string): JsonNode {
    const value =
      this.value !== undefined && isMap(this.value)
        ? this.value.get(key)
        : undefined;
    const dot = this.#way === "" ? "" : ".";
    return this.#inner(
      value,
      /^[A-Za-z_][\w-]*$/.test(key) ? dot + key : `[${JSON.stringify(key)}]`,
    );
  }

  /** Members of an object, in its order. */
  members(): readonly (readonly [string, JsonNode])[] {
    if (this.value === undefined || !isMap(this.value))
      throw this.#unexpected("an object");
    return [...this.value.keys()].map((key) => [key, this.get(key)]);
  }

  /** Items of an array. */
  items(): readonly JsonNode[] {
    if (this.value === undefined || !isArray(this.value))
      throw this.#unexpected("an array");
    return this.value.map((item, index) =>
      this.#inner(item, `[${String(index)}]`),
    );
  }

  string(): string {
    if (typeof this.value !== "string") throw this.#unexpected("a string");
    return this.value;
  }

  /** A string that may be left out; an empty one counts as left out. */
  optionalString(): string | undefined {
    if (!this.exists) return undefined;
    const text = this.string();
    return text === "" ? undefined : text;
  }

  strings(): readonly string[] {
    return this.items().map((item) => item.string());
  }

  optionalStrings(): readonly string[] | undefined {
    return this.exists ? this.strings() : undefined;
  }

  /** A boolean, also as the text that hand-made catalogs have ("true", "True"). */
  optionalBoolean(): boolean | undefined {
    if (!this.exists) return undefined;
    const { value } = this;
    const said = typeof value === "string" ? value.toLowerCase() : value;
    if (said === true || said === "true") return true;
    if (said === false || said === "false") return false;
    throw this.#unexpected("true or false");
  }

  optionalInteger(): bigint | undefined {
    if (!this.exists) return undefined;
    const text = numberText(this.value) ?? "";
    if (/^-?\d+$/.test(text)) return BigInt(text);
    throw this.#unexpected("a whole number");
  }

  get isObject(): boolean {
    return this.value !== undefined && isMap(this.value);
  }

  get isArray(): boolean {
    return this.value !== undefined && isArray(this.value);
  }

  /** A failure about this place. */
  failure(reason: string, code: FailureCode = this.#code): Failure {
    return new Failure(code, `${this.path}: ${reason}`);
  }

  #inner(value: JsonValue | undefined, step: string): JsonNode {
    const way = this.#way + step;
    return new JsonNode(value, this.#document, this.#code, way);
  }

  #unexpected(expected: string): Failure {
    return this.failure(`expected ${expected}, found ${found(this.value)}`);
  }
}

function found(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  const digits = numberText(value);
  if (digits !== undefined) return `the number ${cut(digits)}`;
  if (typeof value === "string") return cut(JSON.stringify(value));
  if (typeof value === "boolean") return String(value);
  return isArray(value) ? "an array" : "an object";
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
