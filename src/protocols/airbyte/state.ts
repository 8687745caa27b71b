import type { SelectedStream } from "../../catalog.js";
import type { State, StreamState } from "../../state.js";
import { boundaryOf } from "../boundary.js";
import { JsonNode } from "../json-node.js";
import { numberText } from "../json-value.js";

/**
 * How far each stream was read, from a JSON array of AirbyteStateMessages of type STREAM (one alone will
 * do). `stream_state` is our own: {"cursor_field": [column], "cursor": value, "boundary": …}. Nothing, [] and the legacy
 * {} mean that no stream was read.
 * @throws Failure(invalid_config | unsupported) naming the place in the state.
 */
export function parseState(
  text: string,
  selected: readonly SelectedStream[],
): State {
  const state = new Map<string, StreamState>();
  if (text.trim() === "") return state;
  const root = JsonNode.parse(text, "state", "invalid_config");
  for (const message of root.isArray ? root.items() : [root]) {
    if (message.members().length === 0) continue;
    const stream = streamOf(message);
    const descriptor = stream.get("stream_descriptor");
    const name = descriptor.get("name").string();
    const namespace = descriptor.get("namespace").optionalString();
    const chosen = selected.find(
      (one) => one.name === name && (one.namespace ?? "") === (namespace ?? ""),
    );
    const position = positionOf(stream.get("stream_state"));
    if (chosen !== undefined && position !== undefined)
      state.set(chosen.id, position);
  }
  return state;
}

function streamOf(message: JsonNode): JsonNode {
  // A line of our own output, given back as it is.
  const node =
    message.get("type").value === "STATE" ? message.get("state") : message;
  const type = node.get("type");
  if (type.value === "STREAM" || (!type.exists && node.get("stream").exists))
    return node.get("stream");
  const found = type.optionalString() ?? "LEGACY";
  throw node.failure(
    `only states per stream (type STREAM) can be read, this one is ${found}; clear the connection's state`,
    "unsupported",
  );
}

function positionOf(node: JsonNode): StreamState | undefined {
  if (!node.exists) return undefined;
  node.members();
  const [cursorField, deeper] =
    node.get("cursor_field").optionalStrings() ?? [];
  const cursor = node.get("cursor");
  const { value } = cursor;
  if (cursorField === undefined || deeper !== undefined) return undefined;
  if (value === undefined) return undefined;
  const text = typeof value === "string" ? value : numberText(value);
  if (text !== undefined)
    return { cursorField, cursor: text, ...boundaryOf(node) };
  throw cursor.failure("expected a string or a number");
}
