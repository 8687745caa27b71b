import { createRequire } from "node:module";

import type { Stream } from "../../catalog.js";
import type { Role } from "../../engine.js";
import { cursorColumns } from "../cursor-kind.js";
import { columnFacts } from "../column-facts.js";
import type { JsonObject } from "../json-value.js";
import { streamIds } from "../stream-id.js";
import { schemaOfRows } from "./types.js";

/** Key of a schema under which our tap names the table, since a stream name with dashes can mean several. */
export const tableKey = "x-table";

/**
 * Key of a bookmark, true when the stream was read whole in the run that wrote it. With it our target knows
 * that a stream is complete; nobody else looks at it.
 */
export const completeKey = "complete";

/** Key of a bookmark: the stream's name in messages, where it is not that of the bookmark. */
export const aliasKey = "stream";

/** Key of a state under which older taps name the stream that they are reading (singer-python, bookmarks.py). */
export const currentlySyncingKey = "currently_syncing";

interface About {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly sdk_version: null;
  readonly supported_python_versions: readonly string[];
  readonly capabilities: readonly string[];
  readonly settings: object;
}

/**
 * `--about --format json` in the shape of the SDK (singer_sdk/about.py), which Meltano Hub's tools read;
 * capabilities are named in singer_sdk/helpers/capabilities.py.
 */
export function about(role: Role, configSchema: object): About {
  const isTap = role === "source";
  return {
    name: isTap ? "tap-flightsql" : "target-flightsql",
    description: isTap
      ? "Reads tables from servers that speak Arrow Flight SQL"
      : "Loads tables into servers that speak Arrow Flight SQL",
    version: packageVersion(),
    sdk_version: null,
    supported_python_versions: [],
    capabilities: isTap
      ? [
          "about",
          "activate-version",
          "batch",
          "catalog",
          "discover",
          "properties",
          "state",
          "structured-logging",
          "test",
        ]
      : [
          "about",
          "activate-version",
          "batch",
          "hard-delete",
          "structured-logging",
          "target-schema",
          "validate-records",
        ],
    settings: configSchema,
  };
}

function packageVersion(): string {
  // The package names itself, so that the path holds in the sources and in the bundle alike.
  const self = createRequire(import.meta.url)("flightsync/package.json") as {
    readonly version: string;
  };
  return self.version;
}

/**
 * The catalog that discovery prints. Ids are `<schema>-<table>`, as the SDK's; streams are not selected until
 * someone does, as is the rule for SQL taps, and then with all of their columns.
 */
export function catalogOf(streams: readonly Stream[]): JsonObject {
  const ids = streamIds(streams, "-");
  return {
    streams: streams.map((stream, index) => entryOf(stream, ids[index] ?? "")),
  };
}

function entryOf(stream: Stream, id: string): JsonObject {
  const { catalog, namespace, name, schema, primaryKey, isView, comment } =
    stream;
  const cursors = cursorColumns(schema.fields);
  const root = {
    inclusion: "available",
    "selected-by-default": false,
    "table-key-properties": primaryKey,
    "valid-replication-keys": cursors.length > 0 ? cursors : undefined,
    "database-name": catalog,
    "schema-name": namespace,
    "is-view": isView,
  };
  const columns = schema.fields.map((column) => ({
    breadcrumb: ["properties", column.name],
    metadata: {
      ...(primaryKey.includes(column.name)
        ? { inclusion: "automatic" }
        : { inclusion: "available", "selected-by-default": true }),
      "sql-datatype": columnFacts(column).typeName,
    },
  }));
  return {
    tap_stream_id: id,
    stream: id,
    table_name: name,
    is_view: isView,
    key_properties: primaryKey,
    schema: { ...schemaOfRows(schema), description: comment },
    metadata: [{ breadcrumb: [], metadata: root }, ...columns],
  };
}
