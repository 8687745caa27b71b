import type { SelectedStream } from "../../catalog.js";
import type { Reset, State, StreamState } from "../../state.js";
import { boundaryOf } from "../boundary.js";
import { JsonNode } from "../json-node.js";
import {
  isMap,
  jsonNumber,
  numberText,
  writeJson,
  type JsonObject,
  type JsonSource,
  type JsonValue,
} from "../json-value.js";
import { aliasKey, completeKey, currentlySyncingKey } from "./messages.js";

/**
 * How far each stream was read, from `{"bookmarks": {id: {replication_key, replication_key_value}}}`, the
 * shape of the SDK (singer_sdk/helpers/_state.py), with `last_replication_method` that of pipelinewise's taps, or
 * from `{"bookmarks": {id: {<replication key>: value}}}` of older ones (singer-python, bookmarks.py). Values keep
 * every digit. A bookmark without a value lets its stream start anew, and so does one of another method, which is said.
 * @throws Failure(invalid_config) naming the place in the state.
 */
export function parseState(
  text: string,
  selected: readonly SelectedStream[],
): State {
  const state = new Map<string, StreamState | Reset>();
  if (text.trim() === "") return state;
  const root = JsonNode.parse(text, "state", "invalid_config");
  if (!root.isObject) throw root.failure("expected an object");
  const bookmarks = root.get("bookmarks");
  if (!bookmarks.exists) return state;
  bookmarks.members();
  for (const stream of selected) {
    const bookmark = bookmarks.get(stream.id);
    if (!bookmark.exists) continue;
    bookmark.members();
    const last = lastState(stream, bookmark);
    if (last !== undefined) state.set(stream.id, last);
  }
  return state;
}

function lastState(
  stream: SelectedStream,
  bookmark: JsonNode,
): StreamState | Reset | undefined {
  const cursor = cursorText(bookmark.get("replication_key_value"));
  const told = [
    bookmark.get("replication_method"),
    bookmark.get("last_replication_method"),
  ].map((node) => node.optionalString()?.toUpperCase());
  const before =
    told.find((method) => method !== undefined) ??
    (cursor === undefined ? undefined : "INCREMENTAL");
  const now = stream.syncMode === "full_table" ? "FULL_TABLE" : "INCREMENTAL";
  if (before !== undefined && before !== now)
    return { reset: `its replication method was ${before} and is ${now} now` };
  const { cursorField } = stream;
  if (now === "FULL_TABLE" || cursorField === undefined) return undefined;
  const key = bookmark.get("replication_key").optionalString();
  if (cursor !== undefined)
    return key === undefined
      ? { reset: "its state has a value, and names no replication key" }
      : { cursorField: key, cursor, ...boundaryOf(bookmark) };
  if (bookmark.get("partitions").exists)
    return {
      reset:
        "its state is kept per partition, as only the tap that wrote it reads",
    };
  const older = bookmarkKeys.has(cursorField)
    ? undefined
    : cursorText(bookmark.get(cursorField));
  return older === undefined ? undefined : { cursorField, cursor: older };
}

/** Members of a bookmark that are no replication keys. */
const bookmarkKeys: ReadonlySet<string> = new Set([
  "boundary",
  "last_replication_method",
  "progress_markers",
  "replication_key",
  "replication_key_signpost",
  "replication_key_value",
  "replication_method",
  "starting_replication_value",
  "version",
  aliasKey,
  completeKey,
]);

function cursorText(node: JsonNode): string | undefined {
  const { value } = node;
  if (value === undefined || typeof value === "string") return value;
  const digits = numberText(value);
  if (digits !== undefined) return digits;
  throw node.failure("expected a string or a number");
}

/**
 * The one state of a Singer run: what it started from, with the bookmarks of the streams that were read
 * since. What is not ours stays as it was, digit by digit.
 *
 * A bookmark is {"replication_key", "replication_key_value", "boundary"} for an incremental stream and
 * {"replication_method": "FULL_TABLE", "version"} for a full table; either gets "complete": true when the stream was
 * read whole.
 */
export class Bookmarks {
  readonly #root: Map<string, JsonValue>;
  readonly #bookmarks: Map<string, JsonSource>;
  /** The last version of each full table that has one. */
  readonly #versions = new Map<string, bigint>();

  /** @throws Failure(invalid_config) when the text is no state. */
  constructor(stateText: string | undefined) {
    const text = stateText?.trim() ?? "";
    const root = JsonNode.parse(
      text === "" ? "{}" : text,
      "state",
      "invalid_config",
    );
    this.#root = new Map(root.exists ? entriesOf(root) : []);
    const bookmarks = root.get("bookmarks");
    this.#bookmarks = new Map(bookmarks.exists ? entriesOf(bookmarks) : []);
    for (const [id, bookmark] of this.#bookmarks) {
      const version = versionOf(bookmark);
      if (version !== undefined) this.#versions.set(id, version);
    }
    // True for a moment of an earlier run only.
    this.#root.delete(currentlySyncingKey);
  }

  /** The stream is being read again: an earlier run's end says nothing about this one. */
  begin(stream: SelectedStream): void {
    const bookmark = this.#bookmarks.get(stream.id);
    if (bookmark === undefined) return;
    if (stream.syncMode === "full_table") {
      if (this.#versions.has(stream.id))
        this.#bookmarks.set(stream.id, this.#fullTable(stream));
      else this.#bookmarks.delete(stream.id);
    } else if (bookmark instanceof Map) {
      const kept = new Map<string, JsonSource>(bookmark);
      kept.delete(completeKey);
      this.#bookmarks.set(stream.id, kept);
    }
  }

  /**
   * A new version for all rows of a full table, larger than any before.
   * @param seconds since the epoch, as in the SDK's taps: some targets keep versions in 32 bits.
   */
  nextVersion(
    stream: SelectedStream,
    seconds: number,
  ): { readonly version: bigint; readonly isFirst: boolean } {
    const last = this.#versions.get(stream.id);
    const now = BigInt(seconds);
    const version = last === undefined || now > last ? now : last + 1n;
    this.#versions.set(stream.id, version);
    this.#bookmarks.set(stream.id, this.#fullTable(stream));
    return { version, isFirst: last === undefined };
  }

  /** @param value the cursor as JSON; undefined when the stream has no position. */
  set(
    stream: SelectedStream,
    state: StreamState | undefined,
    value: JsonSource | undefined,
    complete: boolean,
  ): void {
    const key = state?.cursorField ?? stream.cursorField;
    const position =
      stream.syncMode === "full_table"
        ? this.#fullTable(stream)
        : {
            replication_key: key,
            replication_key_value: value,
            boundary: state?.boundary,
          };
    this.#bookmarks.set(stream.id, {
      ...position,
      [aliasKey]: stream.alias,
      [completeKey]: complete ? true : undefined,
    });
  }

  #fullTable({ id }: SelectedStream): JsonObject {
    const version = this.#versions.get(id);
    return {
      replication_method: "FULL_TABLE",
      version: version === undefined ? undefined : jsonNumber(String(version)),
    };
  }

  text(): string {
    const root = new Map<string, JsonSource>(this.#root);
    root.set("bookmarks", this.#bookmarks);
    return writeJson(root);
  }
}

/** A whole number in a bookmark, of whichever tap. */
function versionOf(bookmark: JsonSource): bigint | undefined {
  if (!(bookmark instanceof Map)) return undefined;
  const version = (bookmark as ReadonlyMap<string, JsonValue>).get("version");
  const digits = version === undefined ? undefined : numberText(version);
  return digits !== undefined && /^\d+$/.test(digits)
    ? BigInt(digits)
    : undefined;
}

function entriesOf(node: JsonNode): Iterable<[string, JsonValue]> {
  node.members();
  return node.value !== undefined && isMap(node.value) ? node.value : [];
}
