import type {
  ReplicationMethod,
  SelectedStream,
  StreamOptions,
  TableName,
} from "../../catalog.js";
import type { CatalogSettings } from "../../protocol.js";
import { JsonNode } from "../json-node.js";
import { tableOfStreamName } from "../stream-id.js";

/**
 * What a Singer catalog selects (https://github.com/singer-io/getting-started/blob/master/docs/DISCOVERY_MODE.md),
 * with the habits of Meltano and of the SDK: settings stand in the metadata or, with underscores, in the
 * entry itself; booleans may be text; a column without metadata follows its stream. Columns are chosen
 * whole: selection inside an object is not looked at.
 * @throws Failure(invalid_config | unsupported) naming the place in the catalog.
 */
export function parseCatalog(
  text: string,
  settings: CatalogSettings = {},
): readonly SelectedStream[] {
  const catalog = JsonNode.parse(text, "catalog", "invalid_config");
  const selected: SelectedStream[] = [];
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const node of catalog.get("streams").items()) {
    const entry = new Entry(node, settings);
    if (ids.has(entry.id))
      throw node.failure(`stream ${JSON.stringify(entry.id)} stands twice`);
    ids.add(entry.id);
    if (!entry.isSelected()) continue;
    const stream = entry.stream();
    const name = stream.alias ?? stream.id;
    if (names.has(name))
      throw node.failure(
        `two selected streams would be called ${JSON.stringify(name)}; change a stream_alias`,
      );
    names.add(name);
    selected.push(stream);
  }
  return selected;
}

/** Methods under which a stream can be read, as Singer spells them. */
const syncModes: Readonly<
  Record<string, SelectedStream["syncMode"] | undefined>
> = {
  FULL_TABLE: "full_table",
  INCREMENTAL: "incremental",
};

/** One entry of `streams` with its metadata by breadcrumb. */
class Entry {
  readonly id: string;
  readonly #node: JsonNode;
  readonly #options: StreamOptions;
  readonly #defaultMethod: ReplicationMethod | undefined;
  readonly #metadata = new Map<string, JsonNode>();

  constructor(node: JsonNode, settings: CatalogSettings) {
    this.#node = node;
    const id = node.get("tap_stream_id");
    this.id = (id.exists ? id : node.get("stream")).string();
    this.#defaultMethod = settings.defaultMethod;
    this.#options = settings.streams?.of(this.id) ?? {};
    const metadata = node.get("metadata");
    if (!metadata.exists) return;
    for (const item of metadata.items()) {
      const breadcrumb = item.get("breadcrumb").strings();
      const values = item.get("metadata");
      values.members();
      this.#metadata.set(JSON.stringify(breadcrumb), values);
    }
  }

  /** SQL streams are read only when someone asked for them; an entry without any metadata asks. */
  isSelected(): boolean {
    switch (this.#root("inclusion")?.value) {
      case "unsupported":
        return false;
      case "automatic":
        return true;
    }
    return (
      this.#root("selected")?.optionalBoolean() ??
      this.#node.get("selected").optionalBoolean() ??
      this.#node.get("schema").get("selected").optionalBoolean() ??
      this.#root("selected-by-default")?.optionalBoolean() ??
      this.#metadata.size === 0
    );
  }

  stream(): SelectedStream {
    const cursorField = this.#cursorField();
    const primaryKey = this.#primaryKey();
    const needed = new Set(primaryKey);
    if (cursorField !== undefined) needed.add(cursorField);
    const alias = this.#setting("stream-alias").optionalString();
    return {
      id: this.id,
      ...(alias !== undefined && { alias }),
      ...this.#table(),
      columns: this.#columns(needed),
      syncMode: cursorField === undefined ? "full_table" : "incremental",
      cursorField,
      primaryKey,
    };
  }

  #root(key: string): JsonNode | undefined {
    const node = this.#metadata.get("[]")?.get(key);
    return node?.exists === true ? node : undefined;
  }

  /** A setting of the stream: in the metadata with dashes, or in the entry with underscores. */
  #setting(key: string): JsonNode {
    const root = this.#root(key);
    const inEntry = this.#node.get(key.replaceAll("-", "_"));
    return root !== undefined && root.value !== "" ? root : inEntry;
  }

  /** The replication key when the stream is read along it, undefined for a full table. */
  #cursorField(): string | undefined {
    const { replication_key, replication_method } = this.#options;
    const key =
      replication_key ?? this.#setting("replication-key").optionalString();
    const forced = this.#setting("forced-replication-method");
    const chosen = this.#setting("replication-method");
    const method = forced.optionalString() === undefined ? chosen : forced;
    const name =
      replication_method ??
      // Who names a key in the settings wants to read along it.
      (replication_key === undefined
        ? (method.optionalString()?.toUpperCase() ?? this.#defaultMethod)
        : "INCREMENTAL");
    // A key without a method means the obvious, as in the SDK.
    if (name === undefined) return key;
    if (name === "LOG_BASED")
      throw method.failure(
        `stream ${JSON.stringify(this.id)}: Flight SQL has no change log to read; choose INCREMENTAL or FULL_TABLE`,
        "unsupported",
      );
    const mode = syncModes[name];
    if (mode === undefined)
      throw method.failure(
        `stream ${JSON.stringify(this.id)}: unknown replication method ${JSON.stringify(name)}; choose INCREMENTAL or FULL_TABLE`,
      );
    if (mode === "full_table") return undefined;
    if (key !== undefined) return key;
    throw method.failure(
      `stream ${JSON.stringify(this.id)}: INCREMENTAL needs a replication key; set metadata "replication-key", the entry's replication_key, or replication_key in stream_options`,
    );
  }

  /**
   * What discovery found stands in `key_properties` and in the metadata. A key in the entry under another name was
   * put there by Meltano, for someone who wants it.
   */
  #primaryKey(): readonly string[] | undefined {
    const candidates = [
      this.#setting("view-key-properties"),
      this.#node.get("table_key_properties"),
      this.#node.get("key_properties"),
      this.#setting("table-key-properties"),
    ];
    const { key_properties } = this.#options;
    if (key_properties !== undefined) return key_properties;
    return candidates
      .map((node) => node.optionalStrings() ?? [])
      .find((key) => key.length > 0);
  }

  #table(): TableName {
    const catalog = this.#setting("database-name").optionalString();
    const namespace = this.#setting("schema-name").optionalString();
    const table = this.#setting("table-name").optionalString();
    if (table !== undefined) return { catalog, namespace, name: table };
    if (namespace === undefined) return tableOfStreamName(this.id);
    const prefix = `${namespace}-`;
    const name = this.id.startsWith(prefix)
      ? this.id.slice(prefix.length)
      : (this.#node.get("stream").optionalString() ?? this.id);
    return { catalog, namespace, name };
  }

  /** Columns in the order of the schema; all when the entry describes none. */
  #columns(needed: ReadonlySet<string>): readonly string[] | undefined {
    const properties = this.#node.get("schema").get("properties");
    if (!properties.exists) {
      if ([...this.#metadata.keys()].every((key) => key === "[]"))
        return undefined;
      throw properties.failure(
        `stream ${JSON.stringify(this.id)}: the metadata speaks of columns, but the schema has none`,
      );
    }
    const columns = properties
      .members()
      .filter(([name, schema]) => needed.has(name) || this.#takes(name, schema))
      .map(([name]) => name);
    if (columns.length > 0) return columns;
    throw properties.failure(
      `stream ${JSON.stringify(this.id)} is selected, but none of its columns is`,
    );
  }

  #takes(column: string, schema: JsonNode): boolean {
    const metadata = this.#metadata.get(JSON.stringify(["properties", column]));
    switch (metadata?.get("inclusion").value ?? schema.get("inclusion").value) {
      case "unsupported":
        return false;
      case "automatic":
        return true;
    }
    return (
      metadata?.get("selected").optionalBoolean() ??
      schema.get("selected").optionalBoolean() ??
      metadata?.get("selected-by-default").optionalBoolean() ??
      true
    );
  }
}
