import { plainText, rawAt, rawMembers } from "../raw-json.js";
import type { Format, LoadPlan, Said } from "./format.js";

interface Entry {
  readonly tap_stream_id: string;
  readonly table_name: string;
  readonly metadata: {
    readonly breadcrumb: readonly string[];
    readonly metadata: Record<string, unknown>;
  }[];
}

/** https://github.com/singer-io/getting-started/blob/master/docs/SPEC.md, with the options of Meltano's SDK. */
export const singer: Format = {
  name: "singer",
  bins: { source: "tap", destination: "target" },
  lineSchema: "singer.json",
  naiveSuffix: "Z",
  modes: { append: "append-only", upsert: "upsert", overwrite: "overwrite" },
  foreignModes: ["delete-insert", "none"],
  spec: ["--about", "--format", "json"],
  settingsSchema: (output) =>
    (JSON.parse(output) as { settings: unknown }).settings,
  claimedModes(output) {
    const { settings } = JSON.parse(output) as {
      settings: { properties: { load_method: { enum: readonly string[] } } };
    };
    // auto chooses one of the others.
    return settings.properties.load_method.enum.filter(
      (name) => name !== "auto",
    );
  },
  check: (config) => ["--config", config, "--test"],
  checked: ({ code, log }) => ({
    isGood: code === 0,
    message: /^CRITICAL (.*)$/m.exec(log)?.[1] ?? "",
  }),
  failedCheckExits: [75, 78],
  discover: (config) => ["--config", config, "--discover"],
  tablesOf: (output, namespace) =>
    entriesOf(output)
      .filter(({ tap_stream_id }) => tap_stream_id.startsWith(`${namespace}-`))
      .map(({ table_name }) => table_name),
  selected(output, namespace, choices) {
    const streams = entriesOf(output);
    for (const { table, cursor } of choices) {
      const id = `${namespace}-${table}`;
      const entry = streams.find((one) => one.tap_stream_id === id);
      const root = entry?.metadata.find((one) => one.breadcrumb.length === 0);
      if (root === undefined) throw new Error(`${id} was not discovered`);
      root.metadata["selected"] = true;
      root.metadata["replication-method"] =
        cursor === undefined ? "FULL_TABLE" : "INCREMENTAL";
      if (cursor !== undefined) root.metadata["replication-key"] = cursor;
    }
    return JSON.stringify({ streams });
  },
  read: (config, catalog, state) => [
    ...["--config", config, "--catalog", catalog],
    ...(state === undefined ? [] : ["--state", state]),
  ],
  said,
  stateOf(lines) {
    const last = lines.findLast((line) => line.startsWith('{"type":"STATE"'));
    return last === undefined ? "{}" : (rawAt(last, "value") ?? "{}");
  },
  write: (config) => ["--config", config],
  forward: (_, mode) => ({
    settings: { load_method: singer.modes[mode] },
    catalog: undefined,
  }),
  load,
  givenBack(line) {
    const number = rawAt(line, "number");
    return number === undefined ? undefined : Number(number);
  },
  // The value alone, as targets do.
  echo: (line) =>
    line.startsWith('{"type":"STATE"') ? rawAt(line, "value") : undefined,
};

function entriesOf(output: string): readonly Entry[] {
  return (JSON.parse(output) as { streams: readonly Entry[] }).streams;
}

/** Stream ids are `<schema>-<table>`, and no schema of the suite has a dash. */
function tableOf(id: string): string {
  return id.slice(id.indexOf("-") + 1);
}

function said(line: string): Said {
  const message = rawMembers(line);
  switch (message.get("type")) {
    case '"RECORD"':
      return {
        type: "record",
        table: tableOf(plainText(message.get("stream") ?? "")),
        values: rawMembers(message.get("record") ?? ""),
      };
    case '"STATE"': {
      const cursors = new Map<string, string>();
      const complete: string[] = [];
      const bookmarks = rawAt(message.get("value") ?? "", "bookmarks") ?? "{}";
      for (const [id, bookmark] of rawMembers(bookmarks)) {
        const value = rawAt(bookmark, "replication_key_value");
        if (value !== undefined) cursors.set(tableOf(id), plainText(value));
        if (rawAt(bookmark, "complete") === "true") complete.push(tableOf(id));
      }
      return { type: "state", cursors, complete };
    }
    default:
      return { type: "other" };
  }
}

function load(plan: LoadPlan): ReturnType<Format["load"]> {
  const { namespace, table, columns, key, mode } = plan;
  const stream = `${namespace}-${table}`;
  const properties = Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [
      name,
      { type: key.includes(name) ? type : [type, "null"] },
    ]),
  );
  const schema = { type: "object", properties };
  const line = (message: object) => JSON.stringify(message);
  const state = (number: number) => line({ type: "STATE", value: { number } });
  return {
    settings: { load_method: mode },
    catalog: undefined,
    open: [line({ type: "SCHEMA", stream, schema, key_properties: key })],
    record: (record) => line({ type: "RECORD", stream, record, version: 1 }),
    state,
    complete: (number) => [
      line({ type: "ACTIVATE_VERSION", stream, version: 1 }),
      state(number),
    ],
  };
}
