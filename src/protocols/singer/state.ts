import type { SelectedStream } from "../../catalog.js";
import type { State, StreamState } from "../../state.js";
import { JsonNode } from "../json-node.js";
import {
  isMap,
  numberText,
  writeJson,
  type JsonSource,
  type JsonValue,
} from "../json-value.js";
import { completeKey, currentlySyncingKey } from "./messages.js";

/**
 * How far each stream was read, from `{"bookmarks": {id: {replication_key, replication_key_value}}}`, the
 * SDK's shape (singer_sdk/helpers/_state.py). Values keep every digit. A bookmark without a value, such as
 * that of a full table, lets its stream start anew.
 * @throws Failure(invalid_config) naming the place in the state.
 */
export function parseState(
  text: string,
  selected: readonly SelectedStream[],
): State {
  const state = new Map<string, StreamState>();
  if (text.trim() === "") return state;
  const root = JsonNode.parse(text, "state", "invalid_config");
  if (!root.isObject) throw root.failure("expected an object");
  const bookmarks = root.get("bookmarks");
  if (!bookmarks.exists) return state;
  bookmarks.members();
  for (const { id } of selected) {
    const bookmark = bookmarks.get(id);
    if (!bookmark.exists) continue;
    bookmark.members();
    const key = bookmark.get("replication_key").optionalString();
    const cursor = cursorText(bookmark.get("replication_key_value"));
    if (key !== undefined && cursor !== undefined)
      state.set(id, { cursorField: key, cursor });
  }
  return state;
}

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
 * A bookmark is {"replication_key", "replication_key_value"} for an incremental stream and
 * {"replication_method": "FULL_TABLE"} for a full table; either gets "complete": true when the stream was read whole.
 */
export class Bookmarks {
  readonly #root: Map<string, JsonValue>;
  readonly #bookmarks: Map<string, JsonSource>;

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
    // True for a moment of an earlier run only.
    this.#root.delete(currentlySyncingKey);
  }

  /** The stream is being read again: an earlier run's end says nothing about this one. */
  begin(stream: SelectedStream): void {
    const bookmark = this.#bookmarks.get(stream.id);
    if (bookmark === undefined) return;
    if (stream.syncMode === "full_table") this.#bookmarks.delete(stream.id);
    else if (bookmark instanceof Map) {
      const kept = new Map<string, JsonSource>(bookmark);
      kept.delete(completeKey);
      this.#bookmarks.set(stream.id, kept);
    }
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
        ? { replication_method: "FULL_TABLE" }
        : { replication_key: key, replication_key_value: value };
    this.#bookmarks.set(stream.id, {
      ...position,
      [completeKey]: complete ? true : undefined,
    });
  }

  text(): string {
    const root = new Map<string, JsonSource>(this.#root);
    root.set("bookmarks", this.#bookmarks);
    return writeJson(root);
  }
}

function entriesOf(node: JsonNode): Iterable<[string, JsonValue]> {
  node.members();
  return node.value !== undefined && isMap(node.value) ? node.value : [];
}
