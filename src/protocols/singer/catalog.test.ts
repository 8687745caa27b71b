import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { field, int64, utf8 } from "../../arrow/schema.js";
import type { Stream } from "../../catalog.js";
import { Failure, type FailureCode } from "../../failure.js";
import { isMap, parseJson, writeJson } from "../json-value.js";
import { parseCatalog } from "./catalog.js";
import { catalogOf } from "./messages.js";

const orders: Stream = {
  catalog: "shop",
  namespace: "public",
  name: "orders",
  schema: {
    fields: [
      field("id", int64, false),
      field("upd", {
        type: "timestamp",
        unit: "us",
        timezone: "UTC",
      }),
      field("has blank", utf8),
      field("blob", { type: "binary", addressing: "offset32" }),
    ],
  },
  primaryKey: ["id"],
  isView: false,
};

/** A catalog of one entry, with metadata of the stream and of columns. */
function catalog(
  entry: object,
  root: object = {},
  columns: Readonly<Record<string, object>> = {},
): string {
  const metadata = [
    { breadcrumb: [], metadata: root },
    ...Object.entries(columns).map(([name, values]) => ({
      breadcrumb: ["properties", name],
      metadata: values,
    })),
  ];
  const schema = {
    type: "object",
    properties: { id: { type: "integer" }, upd: {}, note: {} },
  };
  return JSON.stringify({
    streams: [{ tap_stream_id: "public-orders", schema, metadata, ...entry }],
  });
}

function refuses(text: string, code: FailureCode, ...parts: string[]): void {
  assert.throws(
    () => parseCatalog(text),
    (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, code);
      for (const part of parts)
        assert.ok(error.message.includes(part), error.message);
      return true;
    },
  );
}

describe("catalogOf and parseCatalog", () => {
  it("selects nothing until someone does", () => {
    assert.deepEqual(parseCatalog(writeJson(catalogOf([orders]))), []);
  });

  it("give back table and columns of a stream that Meltano selected", () => {
    // As meltano/core/plugin/singer/catalog.py writes it: rules stand in the metadata and in the entry.
    const text = writeJson(catalogOf([orders]))
      .replace(
        '"selected-by-default":false',
        '"selected":true,"selected-by-default":false,"replication-method":"INCREMENTAL","replication-key":"upd"',
      )
      .replace(
        '"tap_stream_id"',
        '"replication_method":"INCREMENTAL","replication_key":"upd","tap_stream_id"',
      )
      .replace(
        '"breadcrumb":["properties","blob"],"metadata":{',
        '"breadcrumb":["properties","blob"],"metadata":{"selected":false,',
      );
    assert.deepEqual(parseCatalog(text), [
      {
        id: "public-orders",
        catalog: "shop",
        namespace: "public",
        name: "orders",
        columns: ["id", "upd", "has blank"],
        syncMode: "incremental",
        cursorField: "upd",
        primaryKey: ["id"],
      },
    ]);
  });

  it("makes ids unique when names hold dashes", () => {
    const table = (catalog: string, namespace: string, name: string) => ({
      ...orders,
      catalog,
      namespace,
      name,
    });
    const streams = [
      table("c", "a-b", "d"),
      table("c", "a", "b-d"),
      table("c", "x", "y"),
    ];
    const value = parseJson(writeJson(catalogOf(streams)));
    assert.ok(isMap(value));
    const text = writeJson(value);
    assert.deepEqual(
      [...text.matchAll(/"tap_stream_id":"([^"]*)"/g)].map(([, id]) => id),
      ["c-a-b-d", "c-a-b-d-2", "x-y"],
    );
    const selected = parseCatalog(
      text.replaceAll('"selected-by-default":false', '"selected":true'),
    );
    assert.deepEqual(
      selected.map(({ namespace, name }) => [namespace, name]),
      [
        ["a-b", "d"],
        ["a", "b-d"],
        ["x", "y"],
      ],
    );
  });
});

describe("parseCatalog", () => {
  const chosen = (text: string) => parseCatalog(text).map(({ id }) => id);

  it("takes a stream that is selected in whatever way", () => {
    const one = ["public-orders"];
    assert.deepEqual(chosen(catalog({}, { selected: true })), one);
    assert.deepEqual(chosen(catalog({}, { selected: "true" })), one);
    assert.deepEqual(chosen(catalog({}, { selected: "True" })), one);
    assert.deepEqual(chosen(catalog({ selected: true })), one);
    assert.deepEqual(
      chosen(catalog({ schema: { selected: true, properties: { a: {} } } })),
      one,
    );
    assert.deepEqual(chosen(catalog({ metadata: [] })), one);
    assert.deepEqual(chosen(catalog({}, { inclusion: "automatic" })), one);
    assert.deepEqual(chosen(catalog({}, { "selected-by-default": true })), one);
  });

  it("leaves a stream that is not", () => {
    assert.deepEqual(chosen(catalog({})), []);
    assert.deepEqual(chosen(catalog({}, { selected: "false" })), []);
    assert.deepEqual(
      chosen(catalog({}, { selected: false, "selected-by-default": true })),
      [],
    );
    assert.deepEqual(
      chosen(catalog({}, { selected: true, inclusion: "unsupported" })),
      [],
    );
  });

  it("chooses columns by inclusion, selection, default, and else by the stream", () => {
    const columns = (metadata: Readonly<Record<string, object>>) =>
      parseCatalog(catalog({}, { selected: true }, metadata))[0]?.columns;
    assert.deepEqual(columns({}), ["id", "upd", "note"]);
    assert.deepEqual(
      columns({
        id: { inclusion: "automatic", selected: false },
        upd: { inclusion: "unsupported", selected: true },
        note: { selected: "false" },
      }),
      ["id"],
    );
    assert.deepEqual(
      columns({
        id: { "selected-by-default": false },
        upd: { "selected-by-default": false, selected: true },
      }),
      ["upd", "note"],
    );
  });

  it("always takes keys and the replication key", () => {
    const text = catalog(
      { key_properties: ["id"], replication_key: "upd" },
      { selected: true },
      {
        id: { selected: false },
        upd: { selected: false },
        note: { selected: false },
      },
    );
    const [stream] = parseCatalog(text);
    assert.deepEqual(stream?.columns, ["id", "upd"]);
    assert.equal(stream.syncMode, "incremental");
  });

  it("reads the method from either place, forced ones first", () => {
    const mode = (entry: object, root: object) => {
      const text = catalog(entry, { ...root, selected: true });
      const [stream] = parseCatalog(text);
      return [stream?.syncMode, stream?.cursorField];
    };
    const key = { "replication-key": "upd" };
    assert.deepEqual(mode({}, {}), ["full_table", undefined]);
    assert.deepEqual(mode({}, key), ["incremental", "upd"]);
    assert.deepEqual(mode({ replication_method: "FULL_TABLE" }, key), [
      "full_table",
      undefined,
    ]);
    assert.deepEqual(
      mode({ replication_method: "INCREMENTAL", replication_key: "id" }, {}),
      ["incremental", "id"],
    );
    // The SDK's discovery writes "" where it has no opinion.
    assert.deepEqual(
      mode(
        { replication_method: "" },
        { ...key, "forced-replication-method": "" },
      ),
      ["incremental", "upd"],
    );
    assert.deepEqual(
      mode({ replication_method: "FULL_TABLE" }, { "replication-method": "" }),
      ["full_table", undefined],
    );
    assert.deepEqual(
      mode({ replication_key: "id" }, { "replication-key": "" }),
      ["incremental", "id"],
    );
    assert.deepEqual(
      mode(
        { replication_method: "INCREMENTAL" },
        { ...key, "forced-replication-method": "FULL_TABLE" },
      ),
      ["full_table", undefined],
    );
  });

  it("takes the key of a view from the user", () => {
    const text = catalog(
      { key_properties: [] },
      {
        selected: true,
        "view-key-properties": ["upd"],
        "table-key-properties": ["id"],
      },
    );
    assert.deepEqual(parseCatalog(text)[0]?.primaryKey, ["upd"]);
  });

  it("takes the key that Meltano was told over the one that was discovered", () => {
    const key = (entry: object) => {
      const found = { "table-key-properties": ["id"], selected: true };
      const text = catalog({ key_properties: ["id"], ...entry }, found);
      return parseCatalog(text)[0]?.primaryKey;
    };
    assert.deepEqual(key({}), ["id"]);
    assert.deepEqual(key({ key_properties: ["upd"] }), ["upd"]);
    assert.deepEqual(key({ table_key_properties: ["upd"] }), ["upd"]);
    assert.deepEqual(key({ view_key_properties: ["upd"] }), ["upd"]);
  });

  it("keeps names as they are, whatever they hold", () => {
    const names = ["a.b", "a-b", "a b", 'say "x"', "größe ☃", "tab\tle"];
    const table: Stream = {
      ...orders,
      namespace: 'my "sch.e-ma"',
      name: 'o.r-d "e" ☃',
      schema: { fields: names.map((name) => field(name, int64)) },
      primaryKey: ["a.b"],
    };
    // Only names of word characters get an entry of Meltano's own; the others stand as discovery wrote them.
    const text = writeJson(catalogOf([table])).replace(
      '"selected-by-default":false',
      '"selected":true,"replication-key":"größe ☃"',
    );
    const [stream] = parseCatalog(text);
    assert.equal(stream?.id, 'my "sch.e-ma"-o.r-d "e" ☃');
    assert.equal(stream.namespace, 'my "sch.e-ma"');
    assert.equal(stream.name, 'o.r-d "e" ☃');
    assert.deepEqual(stream.columns, names);
    assert.equal(stream.cursorField, "größe ☃");
    assert.deepEqual(stream.primaryKey, ["a.b"]);
  });

  it("finds the table of catalogs that other taps wrote", () => {
    const table = (entry: object, root: object) => {
      const text = catalog(entry, { ...root, selected: true });
      const [stream] = parseCatalog(text);
      return [stream?.catalog, stream?.namespace, stream?.name];
    };
    assert.deepEqual(table({}, {}), [undefined, "public", "orders"]);
    assert.deepEqual(
      table({ tap_stream_id: "a-b-c" }, { "schema-name": "a-b" }),
      [undefined, "a-b", "c"],
    );
    assert.deepEqual(
      table(
        { tap_stream_id: "x", table_name: "t", database_name: "d" },
        { "schema-name": "s" },
      ),
      ["d", "s", "t"],
    );
  });

  it("calls a stream what its alias says, and no two the same", () => {
    const on = { metadata: [], stream_alias: "o" };
    assert.equal(parseCatalog(catalog(on))[0]?.alias, "o");
    const entry = (id: string) => ({ ...on, tap_stream_id: id });
    refuses(
      JSON.stringify({ streams: [entry("a"), entry("b")] }),
      "invalid_config",
      "streams[1]",
      '"o"',
    );
  });

  it("says where the catalog is wrong", () => {
    const on = { selected: true };
    refuses("{", "invalid_config", "catalog", "line 1, column 2");
    refuses("{}", "invalid_config", "streams: expected an array");
    refuses('{"streams":[{}]}', "invalid_config", "streams[0].stream");
    refuses(
      catalog({ metadata: [{ breadcrumb: "x" }] }),
      "invalid_config",
      "streams[0].metadata[0].breadcrumb: expected an array",
    );
    refuses(
      catalog({}, { selected: 1 }),
      "invalid_config",
      "streams[0].metadata[0].metadata.selected: expected true or false",
    );
    refuses(
      catalog({}, { ...on, "replication-method": "INCREMENTAL" }),
      "invalid_config",
      "streams[0].metadata[0].metadata.replication-method",
      '"public-orders"',
      "replication key",
    );
    refuses(
      catalog({ replication_method: "LOG_BASED" }, on),
      "unsupported",
      "streams[0].replication_method",
      "public-orders",
      "INCREMENTAL or FULL_TABLE",
    );
    refuses(
      catalog({ replication_method: "MAGIC" }, on),
      "invalid_config",
      '"MAGIC"',
    );
    refuses(
      catalog({}, on, {
        id: { selected: false },
        upd: { selected: false },
        note: { selected: false },
      }),
      "invalid_config",
      "none of its columns",
    );
    const [entry] = (
      JSON.parse(catalog({})) as { readonly streams: readonly object[] }
    ).streams;
    refuses(
      JSON.stringify({ streams: [entry, entry] }),
      "invalid_config",
      "streams[1]",
      "twice",
    );
  });
});
