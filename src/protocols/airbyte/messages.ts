import type { Stream, TableName } from "../../catalog.js";
import type { Role } from "../../engine.js";
import { Failure } from "../../failure.js";
import type {
  InputState,
  LogLevel,
  StreamStatusMessage,
} from "../../message.js";
import type { StreamState } from "../../state.js";
import { cursorColumns } from "../cursor-kind.js";
import { membersOf, textOf } from "../json-members.js";
import {
  jsonNumber,
  writeJson,
  type JsonNumber,
  type JsonObject,
} from "../json-value.js";
import { schemaOfRows } from "./types.js";

/**
 * Lines of the Airbyte protocol. Field names and meanings:
 * https://github.com/airbytehq/airbyte-protocol/blob/main/protocol-models/src/main/resources/airbyte_protocol/v0/airbyte_protocol.yaml
 */

/** The platform accepts 0.0.0 to 0.3.0 here, whatever the models' own version is. */
const protocolVersion = "0.2.0";

export function specMessage(role: Role, configSchema: object): object {
  const spec = {
    protocol_version: protocolVersion,
    connectionSpecification: configSchema,
    supportsIncremental: true,
  };
  const modes = ["overwrite", "append", "append_dedup"];
  return {
    type: "SPEC",
    spec:
      role === "source"
        ? spec
        : { ...spec, supported_destination_sync_modes: modes },
  };
}

export function connectionStatusMessage(
  failure: Failure | undefined,
): JsonObject {
  const connectionStatus =
    failure === undefined
      ? { status: "SUCCEEDED" }
      : { status: "FAILED", message: failure.message };
  return { type: "CONNECTION_STATUS", connectionStatus };
}

/** @throws Failure(unsupported) when two tables would have one name. */
export function catalogMessage(streams: readonly Stream[]): JsonObject {
  const seen = new Map<string, Stream>();
  for (const stream of streams) {
    const key = JSON.stringify([stream.namespace, stream.name]);
    const twin = seen.get(key);
    if (twin !== undefined)
      throw new Failure(
        "unsupported",
        `the catalogs ${JSON.stringify(twin.catalog)} and ${JSON.stringify(stream.catalog)} both have a table ${key}, which Airbyte cannot tell apart; connect to one catalog`,
      );
    seen.set(key, stream);
  }
  return { type: "CATALOG", catalog: { streams: streams.map(airbyteStream) } };
}

function airbyteStream({
  namespace,
  name,
  schema,
  primaryKey,
  comment,
}: Stream): JsonObject {
  const isIncremental = cursorColumns(schema.fields).length > 0;
  return {
    name,
    namespace,
    json_schema: { ...schemaOfRows(schema), description: comment },
    supported_sync_modes: isIncremental
      ? ["full_refresh", "incremental"]
      : ["full_refresh"],
    source_defined_primary_key: primaryKey.map((column) => [column]),
  };
}

/** Names the stream in messages about it. */
function descriptorOf({ namespace, name }: TableName): JsonObject {
  return { name, namespace };
}

const statuses: Record<StreamStatusMessage["status"] | "running", string> = {
  started: "STARTED",
  running: "RUNNING",
  complete: "COMPLETE",
  incomplete: "INCOMPLETE",
};

/** @param now milliseconds since the epoch. */
export function statusMessage(
  stream: TableName,
  status: keyof typeof statuses,
  now: number,
): JsonObject {
  const stream_status = {
    stream_descriptor: descriptorOf(stream),
    status: statuses[status],
  };
  const trace = { type: "STREAM_STATUS", emitted_at: now, stream_status };
  return { type: "TRACE", trace };
}

/** @param stream the stream that failed; undefined when it is not known. */
export function errorMessage(
  failure: Failure,
  stream: TableName | undefined,
  now: number,
): JsonObject {
  const named = failure.stream !== undefined && stream === undefined;
  const error = {
    message: named ? `${failure.message} (${failure.stream})` : failure.message,
    internal_message: failure.code,
    failure_type: failure.kind,
    stream_descriptor: stream && descriptorOf(stream),
  };
  const trace = { type: "ERROR", emitted_at: now, error };
  return { type: "TRACE", trace };
}

const levels: Record<LogLevel, string> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
};

export function logMessage(level: LogLevel, message: string): JsonObject {
  return { type: "LOG", log: { level: levels[level], message } };
}

/** Value of a full refresh's final state, the name that the Python CDK gave it. */
const fullRefreshDone = { __ab_full_refresh_sync_complete: true };

/**
 * State of one stream. The cursor is always a string: what the platform stores may pass through doubles.
 * @param records rows of the stream since its last state.
 */
export function stateMessage(
  stream: TableName,
  state: StreamState | undefined,
  isFullTable: boolean,
  records: number,
): JsonObject {
  const stream_state =
    state !== undefined
      ? {
          cursor_field: [state.cursorField],
          cursor: state.cursor,
          boundary: state.boundary,
        }
      : isFullTable
        ? fullRefreshDone
        : {};
  return {
    type: "STATE",
    state: {
      type: "STREAM",
      stream: { stream_descriptor: descriptorOf(stream), stream_state },
      sourceStats: { recordCount: double(records) },
    },
  };
}

/** Counts are doubles in the protocol and want a decimal point. */
function double(count: number): JsonNumber {
  return jsonNumber(`${String(count)}.0`);
}

const utf8 = new TextEncoder();

/**
 * A STATE message of the input as it goes back: byte for byte, but for `destinationStats`. The platform
 * finds its own state again by an `id` that it adds, so nothing may be lost.
 */
export function echoedState({ json, records, rejected }: InputState): string {
  const counts = {
    recordCount: double(records),
    ...(rejected > 0 && { rejectedRecordCount: double(rejected) }),
  };
  const stats = `"destinationStats":${writeJson(counts)}`;
  const bytes = utf8.encode(json);
  const { members } = membersOf(bytes, 0, bytes.length);
  const state = members.get("state");
  if (state === undefined)
    throw new Failure("internal", "a state to give back is no STATE message");
  const inner = membersOf(bytes, state.start, state.end).members;
  const known = inner.get("destinationStats");
  const text = (from: number, to?: number) =>
    textOf(bytes, from, to ?? bytes.length);
  if (known !== undefined)
    return (
      text(0, known.start) +
      stats.slice(stats.indexOf(":") + 1) +
      text(known.end)
    );
  const comma = inner.size > 0 ? "," : "";
  return text(0, state.end - 1) + comma + stats + text(state.end - 1);
}
