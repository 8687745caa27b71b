import { Failure } from "../../failure.js";
import type {
  FieldSpec,
  FieldSpecs,
  InputOf,
  MessageOf,
} from "./protobuf-fields.js";
import { scalars } from "./protobuf-scalars.js";
import type { ScalarCodec, ScalarType } from "./protobuf-scalars.js";
import { invalid, WireReader, wireTypes, WireWriter } from "./protobuf-wire.js";

/**
 * A protobuf message as a table of its fields, which encodes and decodes by it. Unknown fields are skipped;
 * of a field that occurs more often than its rule allows the last one holds. Decoded `bytes` are views of the
 * input.
 */
export class MessageType<S extends FieldSpecs> {
  /** Without its package, for messages of failures. */
  readonly name: string;
  readonly fields: S;
  readonly #byNumber: ReadonlyMap<number, readonly [string, FieldSpec]>;

  constructor(name: string, fields: S) {
    this.name = name;
    this.fields = fields;
    this.#byNumber = new Map(
      Object.entries(fields).map((entry) => [entry[1].number, entry]),
    );
  }

  /** @throws Failure(invalid_data) when a value does not fit its field. */
  encode(message: InputOf<S>): Buffer {
    const writer = new WireWriter();
    for (const [name, spec] of Object.entries(this.fields)) {
      const value: unknown = message[name];
      if (value !== undefined) writeField(writer, spec, value);
    }
    return writer.finish();
  }

  /** @throws Failure(invalid_data) that names the message when the bytes are not one. */
  decode(bytes: Uint8Array): MessageOf<S> {
    const message: Record<string, unknown> = {};
    for (const [name, spec] of Object.entries(this.fields))
      message[name] = initialValue(spec);
    const reader = new WireReader(bytes);
    try {
      while (!reader.done) {
        const { number, wireType } = reader.tag();
        const known = this.#byNumber.get(number);
        if (known === undefined) reader.skip(wireType);
        else
          message[known[0]] = readField(
            reader,
            wireType,
            known[1],
            message[known[0]],
          );
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw new Failure(error.code, `${error.message} (in ${this.name})`, {
        cause: error,
      });
    }
    // The loops above gave every field a value of its spec's type.
    return message as MessageOf<S>;
  }
}

/** The codec of a scalar type whose value is known to be of that type. */
function codecOf(type: ScalarType): ScalarCodec<unknown> {
  return scalars[type];
}

function initialValue({ rule, type }: FieldSpec): unknown {
  switch (rule) {
    case "repeated":
      return [];
    case "map":
      return new Map();
    case "optional":
      return undefined;
    case "plain":
      return typeof type === "string" ? scalars[type].zero : undefined;
  }
}

function writeField(writer: WireWriter, spec: FieldSpec, value: unknown): void {
  const { number, type, rule } = spec;
  switch (rule) {
    case "map":
      for (const [key, item] of value as ReadonlyMap<string, unknown>) {
        const entry = new WireWriter();
        writeElement(entry, 1, "string", key);
        writeElement(entry, 2, type, item);
        writer.tag(number, wireTypes.bytes).bytes(entry.finish());
      }
      return;
    case "repeated":
      writeRepeated(writer, number, type, value as readonly unknown[]);
      return;
    case "plain":
      if (!isZero(type, value)) writeElement(writer, number, type, value);
      return;
    case "optional":
      writeElement(writer, number, type, value);
  }
}

/** proto3 leaves out a plain scalar that is zero; -0 is not zero. */
function isZero(type: FieldSpec["type"], value: unknown): boolean {
  if (typeof type !== "string") return false;
  if (type === "bytes") return (value as Uint8Array).byteLength === 0;
  return Object.is(value, scalars[type].zero);
}

/** Numbers are packed, as proto3 writers do. */
function writeRepeated(
  writer: WireWriter,
  number: number,
  type: FieldSpec["type"],
  values: readonly unknown[],
): void {
  if (typeof type !== "string" || scalars[type].wireType === wireTypes.bytes) {
    for (const value of values) writeElement(writer, number, type, value);
    return;
  }
  if (values.length === 0) return;
  const packed = new WireWriter();
  for (const value of values) codecOf(type).write(packed, value);
  writer.tag(number, wireTypes.bytes).bytes(packed.finish());
}

function writeElement(
  writer: WireWriter,
  number: number,
  type: FieldSpec["type"],
  value: unknown,
): void {
  if (typeof type === "string") {
    const codec = codecOf(type);
    codec.write(writer.tag(number, codec.wireType), value);
  } else {
    const nested = type.encode(value as InputOf<FieldSpecs>);
    writer.tag(number, wireTypes.bytes).bytes(nested);
  }
}

/** The field's new value, from the one it had and the element that comes next. */
function readField(
  reader: WireReader,
  wireType: number,
  { type, rule }: FieldSpec,
  before: unknown,
): unknown {
  switch (rule) {
    case "plain":
    case "optional":
      return readElement(reader, wireType, type);
    case "repeated":
      return readRepeated(reader, wireType, type, before as unknown[]);
    case "map":
      expect(wireType, wireTypes.bytes);
      return readEntry(
        new WireReader(reader.bytes()),
        type,
        before as Map<string, unknown>,
      );
  }
}

/** Readers take numbers both packed and one by one. */
function readRepeated(
  reader: WireReader,
  wireType: number,
  type: FieldSpec["type"],
  values: unknown[],
): unknown[] {
  const packed =
    typeof type === "string" &&
    wireType === wireTypes.bytes &&
    scalars[type].wireType !== wireTypes.bytes;
  if (!packed) {
    values.push(readElement(reader, wireType, type));
    return values;
  }
  const elements = new WireReader(reader.bytes());
  while (!elements.done) values.push(scalars[type].read(elements));
  return values;
}

function readEntry(
  reader: WireReader,
  type: FieldSpec["type"],
  entries: Map<string, unknown>,
): Map<string, unknown> {
  let key = "";
  let value: unknown =
    typeof type === "string"
      ? scalars[type].zero
      : type.decode(new Uint8Array(0));
  while (!reader.done) {
    const { number, wireType } = reader.tag();
    if (number === 1) {
      expect(wireType, wireTypes.bytes);
      key = scalars.string.read(reader);
    } else if (number === 2) value = readElement(reader, wireType, type);
    else reader.skip(wireType);
  }
  return entries.set(key, value);
}

function readElement(
  reader: WireReader,
  wireType: number,
  type: FieldSpec["type"],
): unknown {
  if (typeof type === "string") {
    expect(wireType, scalars[type].wireType);
    return scalars[type].read(reader);
  }
  expect(wireType, wireTypes.bytes);
  return type.decode(reader.bytes());
}

function expect(wireType: number, expected: number): void {
  if (wireType !== expected)
    throw invalid(
      `a field has wire type ${String(wireType)} instead of ${String(expected)}`,
    );
}
