import { canonicalType } from "../../arrow/canonical.js";
import { kindOf, type Kind } from "../../arrow/kind.js";
import type { Schema } from "../../arrow/schema.js";
import type { SelectedStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import { RowWriter } from "../../json/row-writer.js";
import type { Message } from "../../message.js";
import type { Encoder, EncoderOptions } from "../../protocol.js";
import { jsonNumber, writeJson, type JsonSource } from "../json-value.js";
import { batchMessage } from "./batch.js";
import { Bookmarks } from "./state.js";
import { about, catalogOf, tableKey } from "./messages.js";
import { schemaOfRows } from "./types.js";

/** What is known of a stream that is being read. */
interface OpenStream {
  readonly schema: Schema;
  readonly schemaLine: string;
  readonly rows: RowWriter;
  /** `{"type":"RECORD","stream":"…","record":` */
  readonly prefix: Uint8Array;
  readonly version: Version | undefined;
}

/** What makes rows of earlier runs go, where that is wanted. */
interface Version {
  /** `,"version":…` */
  readonly member: string;
  /** The line ACTIVATE_VERSION. */
  readonly activation: Uint8Array;
  /** No state tells of an earlier one: rows are to be seen from the first one on. */
  readonly isFirst: boolean;
}

/** Writes what a tap says, and the states that a target gives back. */
export function encoder(options: EncoderOptions): Encoder {
  return new SingerEncoder(options);
}

const utf8 = new TextEncoder();

class SingerEncoder implements Encoder {
  readonly #now: () => number;
  readonly #nonFinite: "string" | "null" | "fail";
  readonly #activatesVersions: boolean;
  readonly #bookmarks: Bookmarks;
  readonly #streams = new Map<string, OpenStream>();
  #lastState: string | undefined;

  constructor(options: EncoderOptions) {
    this.#now = options.now ?? Date.now;
    this.#nonFinite = options.nonFinite ?? "string";
    this.#activatesVersions = options.activateVersions ?? false;
    this.#bookmarks = new Bookmarks(options.stateText);
  }

  *encode(message: Message): Iterable<Uint8Array> {
    switch (message.type) {
      case "spec": {
        const { role, configSchema } = message;
        const text = JSON.stringify(about(role, configSchema), undefined, 2);
        yield utf8.encode(`${text}\n`);
        return;
      }
      case "catalog": {
        const text = writeJson(catalogOf(message.streams), 2);
        yield utf8.encode(`${text}\n`);
        return;
      }
      case "schema":
        yield* this.#schema(message);
        return;
      case "batch": {
        const { prefix, rows, version } = this.#open(message.stream);
        const time = new Date(this.#now()).toISOString();
        const suffix = utf8.encode(
          `${version?.member ?? ""},"time_extracted":"${time}"}\n`,
        );
        yield* rows.write(message.batch, prefix, suffix);
        return;
      }
      case "files": {
        const { stream, files } = message;
        const line = writeJson(batchMessage(stream.alias ?? stream.id, files));
        yield utf8.encode(`${line}\n`);
        return;
      }
      case "state":
        yield* this.#state(message);
        return;
      case "committed":
        yield* this.#newState(message.state.json, (json) => json);
        return;
      case "stream_status":
        if (message.status === "started") this.#bookmarks.begin(message.stream);
        return;
      // Singer has no lines for these: they are logged.
      case "connection_status":
      case "log":
      case "failure":
    }
  }

  *#schema(
    message: Extract<Message, { readonly type: "schema" }>,
  ): Iterable<Uint8Array> {
    const { stream, schema, primaryKey } = message;
    this.#bookmarks.begin(stream);
    const { namespace, name, alias } = stream;
    const table = { namespace, name: alias ?? name };
    const line = writeJson({
      type: "SCHEMA",
      stream: alias ?? stream.id,
      schema: { ...schemaOfRows(schema), [tableKey]: table },
      key_properties: primaryKey,
      bookmark_properties:
        stream.cursorField === undefined ? undefined : [stream.cursorField],
    });
    const known = this.#streams.get(stream.id);
    const name_ = JSON.stringify(alias ?? stream.id);
    const version = known === undefined ? this.#version(stream) : known.version;
    this.#streams.set(stream.id, {
      schema,
      schemaLine: line,
      rows: new RowWriter(schema, {
        nonFinite: this.#nonFinite,
        // RFC 3339, which `date-time` means, has no time without an offset.
        naiveSuffix: "Z",
      }),
      prefix: utf8.encode(`{"type":"RECORD","stream":${name_},"record":`),
      version,
    });
    // Rows of a version that no state tells could be taken for those of the next one.
    if (known === undefined && version !== undefined)
      yield* this.#bookmarksLine();
    if (known?.schemaLine !== line) yield utf8.encode(`${line}\n`);
    if (known === undefined && version?.isFirst === true)
      yield version.activation;
  }

  /** Of a full table only: rows of an incremental stream stay, whenever they came. */
  #version(stream: SelectedStream): Version | undefined {
    if (!this.#activatesVersions || stream.syncMode !== "full_table")
      return undefined;
    const seconds = Math.floor(this.#now() / 1000);
    const { version, isFirst } = this.#bookmarks.nextVersion(stream, seconds);
    const member = `,"version":${String(version)}`;
    const name = JSON.stringify(stream.alias ?? stream.id);
    const line = `{"type":"ACTIVATE_VERSION","stream":${name}${member}}\n`;
    return { member, activation: utf8.encode(line), isFirst };
  }

  *#state(
    message: Extract<Message, { readonly type: "state" }>,
  ): Iterable<Uint8Array> {
    const { stream, state, complete } = message;
    const version = this.#streams.get(stream.id)?.version;
    if (complete && version !== undefined) yield version.activation;
    const value = state && this.#cursorValue(stream, state);
    this.#bookmarks.set(stream, state, value, complete);
    yield* this.#bookmarksLine();
  }

  #bookmarksLine(): Iterable<Uint8Array> {
    return this.#newState(
      this.#bookmarks.text(),
      (json) => `{"type":"STATE","value":${json}}`,
    );
  }

  /** A state equal to the one before it tells nothing. */
  *#newState(
    json: string,
    line: (json: string) => string,
  ): Iterable<Uint8Array> {
    if (json === this.#lastState) return;
    this.#lastState = json;
    yield utf8.encode(`${line(json)}\n`);
  }

  /** A cursor as JSON: a number where every reader keeps its digits, else a string. */
  #cursorValue(
    stream: SelectedStream,
    { cursorField, cursor }: { cursorField: string; cursor: string },
  ): JsonSource {
    const column = this.#streams
      .get(stream.id)
      ?.schema.fields.find(({ name }) => name === cursorField);
    const kind = column && kindOf(canonicalType(column.type));
    return kind !== undefined && isBareNumber[kind](cursor)
      ? jsonNumber(cursor)
      : cursor;
  }

  #open(stream: SelectedStream): OpenStream {
    const open = this.#streams.get(stream.id);
    if (open !== undefined) return open;
    throw new Failure("internal", "a batch came before its schema", {
      stream: stream.id,
    });
  }
}

const never = () => false;
const isInteger = (text: string) => /^-?(0|[1-9]\d*)$/.test(text);

/**
 * Which cursors are written as bare numbers. State stores such as Meltano's read fractions as doubles, which
 * keep 15 digits: a decimal with more is written as a string.
 */
const isBareNumber: Record<Kind, (text: string) => boolean> = {
  null: never,
  bool: never,
  int: isInteger,
  uint64: isInteger,
  float: never,
  decimal: (text) =>
    /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) &&
    (isInteger(text) || text.replace(/\D/g, "").length <= 15),
  utf8: never,
  binary: never,
  date: never,
  time: never,
  timestamp: never,
  duration: never,
  interval: never,
  list: never,
  struct: never,
  map: never,
  union: never,
};
