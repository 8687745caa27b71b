import type { TargetStream } from "../../catalog.js";
import { canonicalType } from "../../arrow/canonical.js";
import { typeName } from "../../arrow/type-name.js";
import { Failure } from "../../failure.js";
import type { Decoder, DecoderOptions } from "../../protocol.js";
import { textOf } from "../json-members.js";
import { JsonNode } from "../json-node.js";
import { PendingInputs, type StreamRows } from "../pending-inputs.js";
import {
  batchLimits,
  RecordDecoder,
  type Line,
  type LineReader,
  type RowPlace,
} from "../record-decoder.js";
import { requiredOf } from "../schema-to-arrow.js";
import { tableOfStreamName } from "../stream-id.js";
import { fileRows, filesOf } from "./batch.js";
import { Completion } from "./completion.js";
import { tableKey } from "./messages.js";
import {
  deletedColumn,
  RecordMetadata,
  versionColumn,
  type RunClock,
} from "./record-metadata.js";
import { columnsOf } from "./types.js";

/**
 * Reads what a tap writes. States of Singer cover all streams, so of several that become free together only
 * the newest comes out.
 */
export function decoder(options: DecoderOptions): Decoder {
  const pending = new PendingInputs(batchLimits(options), true);
  const reader = new SingerReader(pending, options);
  return new RecordDecoder(options, reader, pending);
}

class SingerReader implements LineReader {
  readonly identity = [new Set(["type", "stream", "record"])];
  readonly #pending: PendingInputs;
  readonly #options: DecoderOptions;
  readonly #completion: Completion;
  readonly #clock: RunClock;
  /** Types of messages that were passed over. */
  readonly #unknown = new Set<string>();
  /** Meaning of each stream's schema, so that a repeated SCHEMA costs nothing. */
  readonly #meanings = new Map<string, string>();

  constructor(pending: PendingInputs, options: DecoderOptions) {
    this.#pending = pending;
    this.#options = options;
    this.#completion = new Completion(pending);
    const { now = Date.now } = options;
    this.#clock = { startedAt: now(), now };
  }

  open(): void {
    // Streams are declared by their SCHEMA.
  }

  confirms(): boolean {
    return false;
  }

  read(line: Line): RowPlace | undefined {
    const type = stringMember(line, "type");
    if (type === undefined)
      throw new Failure("invalid_input", 'the message has no "type"');
    switch (type.toUpperCase()) {
      case "RECORD":
        return this.#record(line);
      case "SCHEMA":
        this.#schema(line);
        return undefined;
      case "STATE":
        this.#state(line);
        return undefined;
      case "ACTIVATE_VERSION":
        this.#activateVersion(line);
        return undefined;
      case "BATCH":
        this.#batch(line);
        return undefined;
      default:
        this.#passOver(type);
        return undefined;
    }
  }

  /** The specification lets messages come that a target does not know. */
  #passOver(type: string): void {
    if (this.#unknown.has(type)) return;
    this.#unknown.add(type);
    this.#options.warn?.(
      `messages of type ${JSON.stringify(type.slice(0, 80))} are not known and passed over`,
    );
  }

  #batch(line: Line): void {
    const stream = this.#known(line);
    const text = textOf(line.bytes, line.start, line.end);
    const message = JsonNode.parse(text, "BATCH", "invalid_input");
    try {
      const files = filesOf(message);
      const rows = fileRows(stream, versionOf(line), this.#options);
      this.#pending.addFiles(stream, files, rows);
    } catch (error) {
      throw Failure.from(error).in(stream.target.id);
    }
  }

  #activateVersion(line: Line): void {
    const stream = this.#known(line);
    this.#completion.activateVersion(stream);
    const { addRecordMetadata, olderRows = "mark" } = this.#options;
    if (addRecordMetadata !== true || olderRows === "keep") return;
    const version = versionOf(line);
    if (version === undefined)
      throw new Failure(
        "invalid_input",
        'the ACTIVATE_VERSION needs a "version", a whole number',
        { stream: stream.target.id },
      );
    this.#pending.addOlderRows(stream, {
      versionColumn,
      version: BigInt(version),
      action:
        olderRows === "delete"
          ? { type: "delete" }
          : { type: "mark", column: deletedColumn, at: this.#clock.now() },
    });
  }

  #record(line: Line): RowPlace {
    const stream = this.#known(line);
    const record = line.members.get("record");
    if (record === undefined)
      throw new Failure("invalid_input", 'the RECORD has no "record"', {
        stream: stream.target.id,
      });
    const { start, end } = record;
    const isNamedBefore = ["type", "stream"].every(
      (key) => (line.members.get(key)?.end ?? Infinity) <= start,
    );
    return { stream, start, end, isNamedBefore };
  }

  #schema({ bytes, start, end }: Line): void {
    const text = textOf(bytes, start, end);
    const message = JsonNode.parse(text, "SCHEMA", "invalid_input");
    const target = this.#target(message);
    const meaning = meaningOf(target);
    if (this.#meanings.get(target.id) === meaning) return;
    this.#meanings.set(target.id, meaning);
    const metadata =
      this.#options.addRecordMetadata === true
        ? new RecordMetadata(target.schema.fields, this.#clock)
        : undefined;
    this.#pending.declare(target, metadata);
    if (message.get("schema").get(tableKey).isObject)
      this.#completion.addOwn(target.id);
  }

  #target(message: JsonNode): TargetStream {
    const id = message.get("stream").string();
    try {
      const schema = message.get("schema");
      schema.members();
      const primaryKey = message.get("key_properties").optionalStrings() ?? [];
      const keys = new Set(primaryKey);
      const columns = columnsOf(schema);
      const missing = primaryKey.find(
        (key) => !columns.some(({ name }) => name === key),
      );
      if (missing !== undefined)
        throw message
          .get("key_properties")
          .failure(`the schema has no property ${JSON.stringify(missing)}`);
      const fields = columns.map((column) =>
        keys.has(column.name) ? { ...column, nullable: false } : column,
      );
      const table = tableOf(schema.get(tableKey), id);
      const { defaultNamespace, validateRecords = true } = this.#options;
      const namespace = defaultNamespace ?? table.namespace;
      const target = {
        ...table,
        namespace,
        id,
        schema: { fields },
        primaryKey,
      };
      return validateRecords
        ? { ...target, required: [...requiredOf(schema)] }
        : target;
    } catch (error) {
      throw Failure.from(error).in(id);
    }
  }

  #state({ bytes, members }: Line): void {
    const value = members.get("value");
    if (value === undefined)
      throw new Failure("invalid_input", 'the STATE has no "value"');
    this.#completion.state(bytes, value);
    this.#pending.addState(undefined, textOf(bytes, value.start, value.end));
  }

  #known(line: Line): StreamRows {
    const id = stringMember(line, "stream");
    if (id === undefined)
      throw new Failure("invalid_input", 'the message has no "stream"');
    const stream = this.#pending.stream(id);
    if (stream !== undefined) return stream;
    throw new Failure(
      "invalid_input",
      "a SCHEMA of the stream has to come before its other messages",
      { stream: id },
    );
  }
}

/** A whole number of any size. */
function versionOf({ bytes, members }: Line): string | undefined {
  const member = members.get("version");
  const text = member && textOf(bytes, member.start, member.end);
  return text !== undefined && /^\d+$/.test(text) ? text : undefined;
}

function stringMember(line: Line, key: string): string | undefined {
  const member = line.members.get(key);
  if (member === undefined) return undefined;
  const text = textOf(line.bytes, member.start, member.end);
  const value: unknown = text.startsWith('"') ? JSON.parse(text) : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Our own taps name the table, since a stream name with dashes can mean several. */
function tableOf(hint: JsonNode, stream: string) {
  const name = hint.get("name").optionalString();
  if (name === undefined) return tableOfStreamName(stream);
  return { namespace: hint.get("namespace").optionalString(), name };
}

/** Equal for schemas that differ in nothing but spelling or the order of properties. */
function meaningOf({
  catalog,
  namespace,
  name,
  ...rest
}: TargetStream): string {
  const columns = rest.schema.fields
    .map((field) => [
      field.name,
      typeName(canonicalType(field.type)),
      field.nullable,
    ])
    .map((column) => JSON.stringify(column));
  const table = [catalog, namespace, name];
  const required = [...(rest.required ?? [])].sort();
  return JSON.stringify([table, columns.sort(), rest.primaryKey, required]);
}
