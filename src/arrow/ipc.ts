import { isDeepStrictEqual } from "node:util";
import { Failure } from "../failure.js";
import { Allowance } from "./allowance.js";
import { type Batch, vectorBytes } from "./batch.js";
import { canonicalSchema, childFields } from "./canonical.js";
import { concatVectors } from "./concat.js";
import { VectorDecoder } from "./decode-vector.js";
import { loadCompression } from "./compression.js";
import { type IpcBatch, bodyCompression, decodeIpcBatch } from "./ipc-batch.js";
import { type IpcMessage, decodeMessage } from "./ipc-message.js";
import { schemaOf } from "./ipc-schema.js";
import type { DataType, Field, Schema } from "./schema.js";
import type { Vector } from "./vector.js";

type DictionaryType = Extract<DataType, { readonly type: "dictionary" }>;
type Dictionaries = ReadonlyMap<bigint, Vector>;

export interface MessageReaderOptions {
  /**
   * Bytes that the compressed body, the dictionaries, runs and views of one batch may expand to, before it
   * is refused with Failure(exhausted); as much may all dictionaries of the stream hold. @default 1 GiB
   */
  readonly expandedBytesMax?: number;
}

/**
 * Reads the messages of one Arrow stream: FlightData's header and body, or those of an IPC stream.
 * One reader per stream, as it keeps the schema and the dictionaries.
 */
export class MessageReader {
  readonly #expandedBytesMax: number;
  #wire: Schema | undefined;
  #canonical: Schema | undefined;
  #dictionaryTypes: ReadonlyMap<bigint, DictionaryType> = new Map();
  /** Never changed, only replaced: batches keep the dictionaries that they came after. */
  #dictionaries: Dictionaries = new Map();

  constructor({ expandedBytesMax = 2 ** 30 }: MessageReaderOptions = {}) {
    this.#expandedBytesMax = expandedBytesMax;
  }

  /** The schema that the batches have, canonical; undefined until its message was read. */
  get schema(): Schema | undefined {
    return this.#canonical;
  }

  /** The schema as it was sent, with dictionaries, runs, views and 64-bit offsets. */
  get wireSchema(): Schema | undefined {
    return this.#wire;
  }

  /**
   * Loads what `read` needs for this message: the codec of a compressed body, once. Await it before `read`
   * where bodies may be compressed.
   * @throws Failure(invalid_data | unsupported)
   */
  async prepare(header: Uint8Array): Promise<void> {
    if (header.length === 0) return;
    const message = decodeMessage(header);
    const batch =
      message.kind === "dictionary" ? message.header.table(1) : message.header;
    if (message.kind === "schema" || batch === undefined) return;
    const compression = bodyCompression(batch);
    if (compression !== undefined) await loadCompression(compression);
  }

  /**
   * @param header a bare message; empty when the message carries only application metadata.
   * @param body its body. It is copied once unless it starts at a multiple of 8 bytes of its ArrayBuffer;
   * then the batch keeps it, and the caller must not change it.
   * @param memory what the body lies in, where nothing else does.
   * @returns the batch, when the message is one. Its vectors are made on first use, and this may still
   * fail: with Failure(invalid_data) for offsets and indices that lead nowhere, with Failure(exhausted).
   * @throws Failure(invalid_data | unsupported | exhausted)
   */
  read(
    header: Uint8Array,
    body: Uint8Array,
    memory?: ArrayBuffer,
  ): Batch | undefined {
    if (header.length === 0) return undefined;
    const message = decodeMessage(header);
    switch (message.kind) {
      case "schema":
        this.#readSchema(schemaOf(message.header));
        return undefined;
      case "dictionary":
        this.#readDictionary(message, body);
        return undefined;
      case "batch":
        return this.#readBatch(message, body, memory && [memory]);
    }
  }

  #readSchema(schema: Schema): void {
    if (this.#wire !== undefined && !isDeepStrictEqual(this.#wire, schema)) {
      throw invalid("a second, different schema in one stream");
    }
    this.#dictionaryTypes = dictionaryTypes(schema.fields);
    this.#wire = schema;
    this.#canonical = canonicalSchema(schema);
  }

  #readDictionary(message: IpcMessage, body: Uint8Array): void {
    const { header } = message;
    const id = header.int64(0);
    const type = this.#dictionaryTypes.get(id);
    const table = header.table(1);
    if (type === undefined || table === undefined) {
      throw invalid(`dictionary ${String(id)} belongs to no field`);
    }
    const allowance = new Allowance(this.#expandedBytesMax);
    const values = new VectorDecoder(
      decodeIpcBatch(table, message, body, allowance),
      this.#dictionaries,
      allowance,
    ).column({
      name: `dictionary ${String(id)}`,
      type: type.value,
      nullable: true,
    });
    const isDelta = header.bool(2);
    const known = this.#dictionaries.get(id);
    const all =
      isDelta && known !== undefined ? concatVectors([known, values]) : values;
    this.#dictionaries = new Map(this.#dictionaries).set(id, all);
    const held = new Allowance(this.#expandedBytesMax);
    for (const vector of this.#dictionaries.values()) {
      held.spend(vectorBytes(vector));
    }
  }

  #readBatch(
    message: IpcMessage,
    body: Uint8Array,
    memory: Batch["memory"],
  ): Batch {
    if (this.#wire === undefined || this.#canonical === undefined) {
      throw invalid("a record batch before the schema");
    }
    const allowance = new Allowance(this.#expandedBytesMax);
    return new WireBatch(
      this.#canonical,
      this.#wire.fields,
      decodeIpcBatch(message.header, message, body, allowance),
      this.#dictionaries,
      allowance,
      memory,
    );
  }
}

/** A batch that makes its vectors on first use. */
class WireBatch implements Batch {
  readonly schema: Schema;
  readonly length: number;
  readonly byteLength: number;
  readonly memory: readonly ArrayBuffer[];
  readonly #decode: () => readonly Vector[];
  #vectors: readonly Vector[] | undefined;

  constructor(
    schema: Schema,
    fields: readonly Field[],
    batch: IpcBatch,
    dictionaries: Dictionaries,
    allowance: Allowance,
    memory: readonly ArrayBuffer[] = [],
  ) {
    this.schema = schema;
    this.memory = memory;
    this.length = batch.length;
    this.byteLength = batch.body.byteLength;
    this.#decode = () => {
      const decoder = new VectorDecoder(batch, dictionaries, allowance);
      return fields.map((field) => decoder.column(field));
    };
  }

  get vectors(): readonly Vector[] {
    this.#vectors ??= this.#decode();
    return this.#vectors;
  }
}

/** Every dictionary type in the fields, at any depth, by its id. */
function dictionaryTypes(
  fields: readonly Field[],
): ReadonlyMap<bigint, DictionaryType> {
  const types = new Map<bigint, DictionaryType>();
  const visit = (type: DataType): void => {
    if (type.type === "dictionary") {
      const known = types.get(type.id);
      if (known !== undefined && !isDeepStrictEqual(known.value, type.value)) {
        throw invalid(`dictionary ${String(type.id)} has two types`);
      }
      types.set(type.id, type);
      visit(type.value);
    }
    for (const child of childFields(type)) visit(child.type);
  };
  for (const field of fields) visit(field.type);
  return types;
}

function invalid(what: string): Failure {
  return new Failure("invalid_data", `malformed Arrow stream: ${what}`);
}
