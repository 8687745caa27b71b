import { Failure } from "../failure.js";
import type { FlatTable } from "./flatbuffer.js";
import {
  FlatBuilder,
  type FlatRef,
  flatBool,
  flatInt16,
  flatInt64,
  flatRef,
  flatUint8,
} from "./flatbuffer-builder.js";
import { bareMessage, decodeMessage, finishMessage } from "./ipc-message.js";
import { decodeInt, decodeType } from "./decode-type.js";
import { encodeInt, encodeType } from "./encode-type.js";
import type { DataType, Field, Schema } from "./schema.js";

export { encapsulate } from "./ipc-message.js";

/**
 * The schema as a bare IPC message of metadata version V5, which is what FlightData.data_header takes.
 * `encapsulate` makes of it what `FlightInfo.schema` and `table_schema` take.
 */
export function encodeSchema(schema: Schema): Uint8Array {
  const builder = new FlatBuilder(256 + 128 * schema.fields.length);
  return finishMessage(builder, "schema", schemaTable(builder, schema), 0);
}

/** Writes the table Schema of Schema.fbs. */
export function schemaTable(builder: FlatBuilder, schema: Schema): FlatRef {
  const fields = encodeFields(builder, schema.fields);
  const metadata = encodeMetadata(builder, schema.metadata);
  const littleEndian = 0;
  return builder.table([
    flatInt16(littleEndian),
    flatRef(fields),
    flatRef(metadata),
  ]);
}

/**
 * Reads a schema message: bare, or with its prefix (with or without the continuation marker).
 * @throws Failure(invalid_data) for bytes that are no schema, Failure(unsupported) for one that is
 * big-endian, or older than metadata version V4.
 */
export function decodeSchema(bytes: Uint8Array): Schema {
  const message = decodeMessage(bareMessage(bytes));
  if (message.kind !== "schema") {
    throw invalid(`a ${message.kind} message where a schema was to come`);
  }
  return schemaOf(message.header);
}

/** Reads the table Schema of Schema.fbs. */
export function schemaOf(table: FlatTable): Schema {
  if (table.int16(0) !== 0) {
    throw new Failure(
      "unsupported",
      "the server sends big-endian Arrow data; only little-endian data is read",
    );
  }
  const fields = table.tables(1).map(decodeField);
  return { fields, ...decodeMetadata(table.tables(2)) };
}

function encodeFields(builder: FlatBuilder, fields: readonly Field[]): FlatRef {
  return builder.refs(fields.map((field) => encodeField(builder, field)));
}

function encodeField(builder: FlatBuilder, field: Field): FlatRef {
  const { type } = field;
  const values = type.type === "dictionary" ? type.value : type;
  const encoded = encodeType(builder, values);
  const children = encodeFields(builder, encoded.children);
  const dictionary = encodeDictionary(builder, type);
  const metadata = encodeMetadata(builder, field.metadata);
  const name = builder.string(field.name);
  return builder.table([
    flatRef(name),
    flatBool(field.nullable),
    flatUint8(encoded.id),
    flatRef(encoded.table),
    flatRef(dictionary),
    flatRef(children),
    flatRef(metadata),
  ]);
}

function encodeDictionary(
  builder: FlatBuilder,
  type: DataType,
): FlatRef | undefined {
  if (type.type !== "dictionary") return undefined;
  const index = encodeInt(builder, type.index);
  return builder.table([
    flatInt64(type.id),
    flatRef(index),
    flatBool(type.ordered),
  ]);
}

function encodeMetadata(
  builder: FlatBuilder,
  metadata: ReadonlyMap<string, string> | undefined,
): FlatRef | undefined {
  if (metadata === undefined || metadata.size === 0) return undefined;
  const pairs: FlatRef[] = [];
  for (const [key, value] of metadata) {
    const keyRef = builder.string(key);
    const valueRef = builder.string(value);
    pairs.push(builder.table([flatRef(keyRef), flatRef(valueRef)]));
  }
  return builder.refs(pairs);
}

function decodeField(table: FlatTable): Field {
  const name = table.string(0) ?? "";
  const typeTable = table.table(3);
  if (typeTable === undefined) throw invalid(`field "${name}" has no type`);
  const children = table.tables(5).map(decodeField);
  const values = decodeType(table.uint8(2), typeTable, children);
  const dictionary = table.table(4);
  return {
    name,
    type:
      dictionary === undefined ? values : decodeDictionary(dictionary, values),
    nullable: table.bool(1),
    ...decodeMetadata(table.tables(6)),
  };
}

function decodeDictionary(table: FlatTable, value: DataType): DataType {
  const index = table.table(1);
  return {
    type: "dictionary",
    id: table.int64(0),
    // "If the field is null, the indices are signed 32-bit" (Schema.fbs, table DictionaryEncoding).
    index:
      index === undefined
        ? { type: "int", bits: 32, signed: true }
        : decodeInt(index),
    value,
    ordered: table.bool(2),
  };
}

/** Of equal keys the last one counts. */
function decodeMetadata(pairs: readonly FlatTable[]): {
  metadata?: ReadonlyMap<string, string>;
} {
  if (pairs.length === 0) return {};
  const metadata = new Map<string, string>();
  for (const pair of pairs) {
    metadata.set(pair.string(0) ?? "", pair.string(1) ?? "");
  }
  return { metadata };
}

function invalid(what: string): Failure {
  return new Failure("invalid_data", `malformed Arrow schema: ${what}`);
}
