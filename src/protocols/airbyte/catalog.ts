import type { SelectedStream, TargetStream, WriteMode } from "../../catalog.js";
import { JsonNode } from "../json-node.js";
import { streamIds } from "../stream-id.js";
import { columnsOf } from "./types.js";

/**
 * What a ConfiguredAirbyteCatalog asks a source to read (airbyte_protocol.yaml, ConfiguredAirbyteStream).
 * The columns are the keys of the json_schema, which the platform has cut down to the selected ones.
 * @throws Failure(invalid_config | unsupported) naming the place in the catalog.
 */
export function parseCatalog(text: string): readonly SelectedStream[] {
  return configuredStreams(text).map(({ id, name, namespace, node }) => ({
    id,
    namespace,
    name,
    columns: columnNames(node.get("stream").get("json_schema")),
    ...reading(node),
    primaryKey: keyOf(node.get("primary_key")),
  }));
}

/** A stream that the destination shall load. */
export interface ConfiguredTarget {
  readonly stream: TargetStream;
  /** As the messages have it, without the default. */
  readonly namespace: string | undefined;
  /**
   * The platform numbers the stream's generations, and so it also tells when a stream is complete; a custom
   * image gets neither.
   */
  readonly hasGenerations: boolean;
}

/**
 * What a ConfiguredAirbyteCatalog asks a destination to load.
 * @param defaultNamespace where streams without a namespace go; a namespace of the catalog stands, since the
 *   platform has mapped it already.
 * @throws Failure(invalid_config | unsupported) naming the place in the catalog.
 */
export function parseTargets(
  text: string,
  defaultNamespace: string | undefined,
): readonly ConfiguredTarget[] {
  return configuredStreams(text).map(({ id, name, namespace, node }) => {
    const mode = writeModeOf(node);
    const primaryKey =
      mode === "upsert" ? neededKey(node) : keyOf(node.get("primary_key"));
    const keys = new Set(primaryKey);
    const fields = columnsOf(node.get("stream").get("json_schema"));
    const missing = primaryKey?.find(
      (key) => !fields.some((field) => field.name === key),
    );
    if (missing !== undefined)
      throw node
        .get("primary_key")
        .failure(`the json_schema has no column ${JSON.stringify(missing)}`);
    const schema = {
      fields: fields.map((field) =>
        keys.has(field.name) ? { ...field, nullable: false } : field,
      ),
    };
    return {
      stream: {
        id,
        namespace: namespace ?? defaultNamespace,
        name,
        schema,
        primaryKey: primaryKey ?? [],
        mode,
      },
      namespace,
      hasGenerations: node.get("generation_id").exists,
    };
  });
}

interface ConfiguredStream {
  readonly id: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly node: JsonNode;
}

function configuredStreams(text: string): readonly ConfiguredStream[] {
  const catalog = JsonNode.parse(text, "catalog", "invalid_config");
  const streams = catalog
    .get("streams")
    .items()
    .map((node) => ({
      node,
      name: node.get("stream").get("name").string(),
      namespace: node.get("stream").get("namespace").optionalString(),
    }));
  const seen = new Set<string>();
  for (const { node, name, namespace } of streams) {
    const key = JSON.stringify([namespace, name]);
    if (seen.has(key))
      throw node.failure(`stream ${JSON.stringify(name)} stands twice`);
    seen.add(key);
  }
  const ids = streamIds(streams, ".");
  return streams.map((stream, index) => ({ ...stream, id: ids[index] ?? "" }));
}

/** A json_schema without properties (made by hand) selects every column. */
function columnNames(schema: JsonNode): readonly string[] | undefined {
  const properties = schema.get("properties");
  if (!properties.exists) return undefined;
  const names = properties.members().map(([name]) => name);
  if (names.length > 0) return names;
  throw properties.failure("no column is selected");
}

function reading(
  node: JsonNode,
): Pick<SelectedStream, "syncMode" | "cursorField"> {
  const syncMode = node.get("sync_mode");
  switch (syncMode.string()) {
    case "full_refresh":
      return { syncMode: "full_table" };
    case "incremental":
      return { syncMode: "incremental", cursorField: cursorOf(node) };
    default:
      throw syncMode.failure(
        `unknown sync mode ${JSON.stringify(syncMode.value)}; choose full_refresh or incremental`,
      );
  }
}

/** A cursor that the source defines comes first, then the user's, then the source's proposal. */
function cursorOf(node: JsonNode): string {
  const configured = node.get("cursor_field");
  const proposed = node.get("stream").get("default_cursor_field");
  const defined = node.get("stream").get("source_defined_cursor");
  const order =
    defined.optionalBoolean() === true
      ? [proposed, configured]
      : [configured, proposed];
  for (const candidate of order) {
    const path = candidate.optionalStrings() ?? [];
    if (path.length === 0) continue;
    return columnAt(path, candidate);
  }
  throw configured.failure(
    "an incremental stream needs a cursor; choose a column as cursor_field",
  );
}

/** Undefined when no key is configured. */
function keyOf(node: JsonNode): readonly string[] | undefined {
  if (!node.exists) return undefined;
  const key = node.items().map((path) => columnAt(path.strings(), path));
  return key.length === 0 ? undefined : key;
}

function columnAt(path: readonly string[], node: JsonNode): string {
  const [column] = path;
  if (column !== undefined && path.length === 1) return column;
  throw node.failure(
    "a path into a nested value cannot be a key or a cursor; choose a column",
    "unsupported",
  );
}

/** The key of a deduplicated stream: the configured one, else the source's. */
function neededKey(node: JsonNode): readonly string[] {
  const key =
    keyOf(node.get("primary_key")) ??
    keyOf(node.get("stream").get("source_defined_primary_key"));
  if (key !== undefined) return key;
  throw node
    .get("primary_key")
    .failure("append_dedup needs a primary key; choose one or use append");
}

/**
 * Platforms that number generations spell an overwrite as append with minimum_generation_id =
 * generation_id. PyAirbyte sends 1 for every number of every run and means the mode that it says
 * (airbyte/shared/catalog_providers.py), and a key's first generation has nothing older to replace.
 */
function writeModeOf(node: JsonNode): WriteMode {
  const mode = node.get("destination_sync_mode");
  const truncates = isTruncated(node);
  switch (mode.string()) {
    case "overwrite":
      return "overwrite";
    case "append":
      return truncates && !isPyAirbyte(node) ? "overwrite" : "append";
    case "append_dedup":
      if (!truncates || node.get("generation_id").optionalInteger() === 1n)
        return "upsert";
      throw mode.failure(
        "a refresh that removes the old rows of a deduplicated stream is not supported yet; clear the stream, then sync it",
        "unsupported",
      );
    case "update":
    case "soft_delete":
      throw mode.failure(
        `${mode.string()} is not supported; choose overwrite, append or append_dedup`,
        "unsupported",
      );
    default:
      throw mode.failure(
        `unknown mode ${JSON.stringify(mode.value)}; choose overwrite, append or append_dedup`,
      );
  }
}

function isTruncated(node: JsonNode): boolean {
  const generation = node.get("generation_id").optionalInteger() ?? 0n;
  const minimum = node.get("minimum_generation_id");
  const least = minimum.optionalInteger() ?? 0n;
  if (least === 0n) return false;
  if (least === generation) return true;
  throw minimum.failure(
    "a refresh that keeps some older generations is not supported: it must be 0 or equal to generation_id",
    "unsupported",
  );
}

function isPyAirbyte(node: JsonNode): boolean {
  return ["generation_id", "minimum_generation_id", "sync_id"].every(
    (key) => node.get(key).optionalInteger() === 1n,
  );
}
