import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Failure, type FailureCode } from "../../failure.js";
import { parseCatalog, parseTargets } from "./catalog.js";

function configured(fields: object = {}, stream: object = {}): string {
  return JSON.stringify({
    streams: [
      {
        stream: {
          name: "orders",
          namespace: "public",
          json_schema: {
            type: "object",
            properties: {
              id: { type: "integer" },
              upd: { type: ["string", "null"], format: "date-time" },
            },
          },
          supported_sync_modes: ["full_refresh", "incremental"],
          ...stream,
        },
        sync_mode: "full_refresh",
        destination_sync_mode: "append",
        ...fields,
      },
    ],
  });
}

function refuses(
  parse: () => unknown,
  code: FailureCode,
  ...parts: string[]
): void {
  assert.throws(parse, (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, code);
    for (const part of parts)
      assert.ok(error.message.includes(part), error.message);
    return true;
  });
}

describe("parseCatalog", () => {
  it("reads columns, key and cursor", () => {
    const text = configured({
      sync_mode: "incremental",
      cursor_field: ["upd"],
      primary_key: [["id"]],
    });
    assert.deepEqual(parseCatalog(text), [
      {
        id: "public.orders",
        namespace: "public",
        name: "orders",
        columns: ["id", "upd"],
        syncMode: "incremental",
        cursorField: "upd",
        primaryKey: ["id"],
      },
    ]);
  });

  it("lets a cursor of the source win, then the user's, then the proposal", () => {
    const cursor = (fields: object, stream: object) =>
      parseCatalog(
        configured({ sync_mode: "incremental", ...fields }, stream),
      )[0]?.cursorField;
    const proposal = { default_cursor_field: ["upd"] };
    assert.equal(cursor({}, proposal), "upd");
    assert.equal(cursor({ cursor_field: ["id"] }, proposal), "id");
    assert.equal(
      cursor(
        { cursor_field: ["id"] },
        { ...proposal, source_defined_cursor: true },
      ),
      "upd",
    );
    assert.equal(cursor({ cursor_field: [] }, proposal), "upd");
  });

  it("does not mind nulls, and a deduplicated stream without a key", () => {
    const [stream] = parseCatalog(
      configured(
        {
          destination_sync_mode: "append_dedup",
          primary_key: null,
          cursor_field: null,
        },
        { namespace: null },
      ),
    );
    assert.equal(stream?.id, "orders");
    assert.equal(stream.primaryKey, undefined);
  });

  it("selects all columns when the schema has no properties", () => {
    const text = configured({}, { json_schema: {} });
    assert.equal(parseCatalog(text)[0]?.columns, undefined);
  });

  it("tells streams apart whose names join to the same text", () => {
    const both = [
      ["a.b", "c"],
      ["a", "b.c"],
      ["x", "y"],
    ].map(
      ([namespace, name]) =>
        (
          JSON.parse(configured({}, { namespace, name })) as {
            readonly streams: readonly object[];
          }
        ).streams[0],
    );
    const ids = parseCatalog(JSON.stringify({ streams: both })).map(
      ({ id }) => id,
    );
    assert.deepEqual(ids, ["a.b.c", "a.b.c.2", "x.y"]);
  });

  it("says where the catalog is wrong", () => {
    const parse = (text: string) => () => parseCatalog(text);
    refuses(
      parse("[]"),
      "invalid_config",
      "catalog: streams: expected an array",
    );
    refuses(
      parse(configured({ sync_mode: "INVALID" })),
      "invalid_config",
      "streams[0].sync_mode",
      "INVALID",
    );
    refuses(
      parse(configured({ sync_mode: "incremental" })),
      "invalid_config",
      "streams[0].cursor_field",
    );
    refuses(
      parse(configured({ primary_key: [["a", "b"]] })),
      "unsupported",
      "streams[0].primary_key[0]",
    );
    refuses(
      parse(configured({}, { json_schema: { properties: {} } })),
      "invalid_config",
      "streams[0].stream.json_schema.properties",
    );
  });
});

describe("parseTargets", () => {
  const target = (fields: object, stream: object = {}) =>
    parseTargets(configured(fields, stream), undefined)[0];
  const mode = (fields: object) => target(fields)?.stream.mode;
  const generations = (
    generation_id: number | null,
    minimum_generation_id: number | null,
    sync_id: number | null = 40,
  ) => ({ generation_id, minimum_generation_id, sync_id });

  it("turns modes into what the loader knows", () => {
    assert.equal(mode({ destination_sync_mode: "overwrite" }), "overwrite");
    assert.equal(mode({}), "append");
    assert.equal(
      mode({ destination_sync_mode: "append_dedup", primary_key: [["id"]] }),
      "upsert",
    );
  });

  it("reads an overwrite from generations, and null or 1 as the mode says", () => {
    assert.equal(mode(generations(null, null, null)), "append");
    assert.equal(mode(generations(7, 0)), "append");
    assert.equal(mode(generations(7, 7)), "overwrite");
    assert.equal(mode(generations(1, 1)), "overwrite");
    // PyAirbyte: its second run must keep the rows of the first.
    assert.equal(mode(generations(1, 1, 1)), "append");
    assert.equal(
      mode({
        ...generations(1, 1, 1),
        destination_sync_mode: "append_dedup",
        primary_key: [["id"]],
      }),
      "upsert",
    );
    assert.equal(target(generations(7, 0))?.hasGenerations, true);
    assert.equal(target(generations(null, null))?.hasGenerations, false);
  });

  it("makes key columns not null, from the source's key if need be", () => {
    const found = target(
      { destination_sync_mode: "append_dedup" },
      { source_defined_primary_key: [["id"]] },
    );
    assert.deepEqual(found?.stream.primaryKey, ["id"]);
    assert.deepEqual(
      found.stream.schema.fields.map(({ name, nullable }) => [name, nullable]),
      [
        ["id", false],
        ["upd", true],
      ],
    );
  });

  it("puts streams without a namespace into the default one, and no others", () => {
    const text = configured({}, { namespace: null });
    assert.equal(parseTargets(text, "landing")[0]?.stream.namespace, "landing");
    assert.equal(
      parseTargets(configured(), "landing")[0]?.stream.namespace,
      "public",
    );
  });

  it("takes a stream without columns", () => {
    const found = target({}, { json_schema: { type: "object" } });
    assert.deepEqual(found?.stream.schema.fields, []);
  });

  it("says where the catalog is wrong", () => {
    const parse = (fields: object) => () => target(fields);
    refuses(
      parse({ destination_sync_mode: "append_dedup" }),
      "invalid_config",
      "primary_key",
    );
    refuses(
      parse({
        destination_sync_mode: "append_dedup",
        primary_key: [["nope"]],
      }),
      "invalid_config",
      '"nope"',
    );
    refuses(parse(generations(7, 3)), "unsupported", "minimum_generation_id");
    refuses(
      parse({
        ...generations(7, 7),
        destination_sync_mode: "append_dedup",
        primary_key: [["id"]],
      }),
      "unsupported",
      "deduplicated",
    );
    refuses(parse({ destination_sync_mode: "update" }), "unsupported");
    refuses(
      parse({ destination_sync_mode: "INVALID" }),
      "invalid_config",
      "destination_sync_mode",
    );
  });
});
