import { plainText, rawAt, rawMembers } from "../raw-json.js";
import type { Format, LoadPlan, Said } from "./format.js";

interface Stream {
  readonly name: string;
  readonly namespace?: string;
  readonly supported_sync_modes: readonly string[];
  readonly source_defined_primary_key?: readonly (readonly string[])[];
}

interface Configured {
  readonly stream: Stream;
  readonly sync_mode: string;
  readonly destination_sync_mode: string;
  readonly cursor_field?: readonly string[];
  readonly primary_key?: readonly (readonly string[])[];
}

/** https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol */
export const airbyte: Format = {
  name: "airbyte",
  bins: { source: "source", destination: "destination" },
  lineSchema: "airbyte.json",
  naiveSuffix: "",
  modes: { append: "append", upsert: "append_dedup", overwrite: "overwrite" },
  foreignModes: ["update", "soft_delete"],
  spec: ["spec"],
  settingsSchema: (output) => specOf(output).connectionSpecification,
  claimedModes: (output) => specOf(output).supported_destination_sync_modes,
  check: (config) => ["check", "--config", config],
  checked({ lines }) {
    const line = lines.find((one) => one.includes('"CONNECTION_STATUS"'));
    const { connectionStatus } = JSON.parse(line ?? "{}") as {
      connectionStatus?: { status: string; message?: string };
    };
    return {
      isGood: connectionStatus?.status === "SUCCEEDED",
      message: connectionStatus?.message ?? "",
    };
  },
  failedCheckExits: [0],
  discover: (config) => ["discover", "--config", config],
  tablesOf: (output, namespace) =>
    streamsOf(output)
      .filter((stream) => stream.namespace === namespace)
      .map(({ name }) => name),
  selected(output, namespace, choices) {
    const discovered = streamsOf(output);
    const streams = choices.map(({ table, cursor }): Configured => {
      const stream = discovered.find(
        (one) => one.name === table && one.namespace === namespace,
      );
      if (stream === undefined) throw new Error(`${table} was not discovered`);
      return {
        stream,
        sync_mode: cursor === undefined ? "full_refresh" : "incremental",
        destination_sync_mode: "append",
        ...(cursor === undefined ? {} : { cursor_field: [cursor] }),
        primary_key: stream.source_defined_primary_key ?? [],
      };
    });
    return JSON.stringify({ streams });
  },
  read: (config, catalog, state) => [
    ...["read", "--config", config, "--catalog", catalog],
    ...(state === undefined ? [] : ["--state", state]),
  ],
  said,
  stateOf(lines) {
    const last = new Map<string, string>();
    for (const line of lines) {
      if (!line.startsWith('{"type":"STATE"')) continue;
      const state = rawAt(line, "state") ?? "";
      last.set(rawAt(state, "stream", "stream_descriptor") ?? "", state);
    }
    return `[${[...last.values()].join(",")}]`;
  },
  write: (config, catalog = "") => [
    ...["write", "--config", config],
    ...["--catalog", catalog],
  ],
  forward(catalog, mode) {
    const { streams } = JSON.parse(catalog) as { streams: Configured[] };
    const configured = streams.map((stream) => ({
      ...stream,
      destination_sync_mode: airbyte.modes[mode],
    }));
    return { settings: {}, catalog: JSON.stringify({ streams: configured }) };
  },
  load,
  givenBack(line) {
    const number = rawAt(line, "state", "stream", "stream_state", "number");
    return number === undefined ? undefined : Number(number);
  },
  echo: (line) => (line.startsWith('{"type":"STATE"') ? line : undefined),
};

function specOf(output: string): {
  readonly connectionSpecification: unknown;
  readonly supported_destination_sync_modes: readonly string[];
} {
  return (JSON.parse(output) as { spec: ReturnType<typeof specOf> }).spec;
}

function streamsOf(output: string): readonly Stream[] {
  const line = output
    .split("\n")
    .find((one) => one.startsWith('{"type":"CATALOG"'));
  const { catalog } = JSON.parse(line ?? "{}") as {
    catalog?: { streams: readonly Stream[] };
  };
  return catalog?.streams ?? [];
}

function said(line: string): Said {
  const message = rawMembers(line);
  switch (message.get("type")) {
    case '"RECORD"': {
      const record = rawMembers(message.get("record") ?? "");
      return {
        type: "record",
        table: plainText(record.get("stream") ?? ""),
        values: rawMembers(record.get("data") ?? ""),
      };
    }
    case '"STATE"': {
      const stream = rawAt(message.get("state") ?? "", "stream") ?? "";
      const name = rawAt(stream, "stream_descriptor", "name") ?? "";
      const cursor = rawAt(stream, "stream_state", "cursor");
      const table = plainText(name);
      const cursors = new Map<string, string>();
      if (cursor !== undefined) cursors.set(table, plainText(cursor));
      const whole = rawAt(
        stream,
        ...["stream_state", "__ab_full_refresh_sync_complete"],
      );
      const complete = whole === "true" ? [table] : [];
      return { type: "state", cursors, complete };
    }
    default:
      return { type: "other" };
  }
}

function load(plan: LoadPlan): ReturnType<Format["load"]> {
  const { namespace, table: name, columns, key, mode } = plan;
  const descriptor = { name, namespace };
  const properties = Object.fromEntries(
    Object.entries(columns).map(([column, type]) => [column, { type }]),
  );
  const catalog = {
    streams: [
      {
        stream: {
          ...descriptor,
          json_schema: { type: "object", properties },
          supported_sync_modes: ["full_refresh", "incremental"],
        },
        sync_mode: "full_refresh",
        destination_sync_mode: mode,
        primary_key: key.map((column) => [column]),
      },
    ],
  };
  const line = (message: object) => JSON.stringify(message);
  const state = (number: number) =>
    line({
      type: "STATE",
      state: {
        type: "STREAM",
        stream: {
          stream_descriptor: descriptor,
          stream_state: { number },
        },
      },
    });
  const complete = line({
    type: "TRACE",
    trace: {
      type: "STREAM_STATUS",
      emitted_at: 0,
      stream_status: { stream_descriptor: descriptor, status: "COMPLETE" },
    },
  });
  return {
    settings: {},
    catalog: JSON.stringify(catalog),
    open: [],
    record: (data) =>
      line({
        type: "RECORD",
        record: { stream: name, namespace, data, emitted_at: 0 },
      }),
    state,
    complete: (number) => [state(number), complete],
  };
}
