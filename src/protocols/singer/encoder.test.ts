import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { batchOfValues } from "../../arrow/plain-values.js";
import {
  field,
  int64,
  utf8,
  type DataType,
  type Schema,
} from "../../arrow/schema.js";
import type { SelectedStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { Message } from "../../message.js";
import type { EncoderOptions } from "../../protocol.js";
import {
  everyKindBatch,
  everyKindRows,
  everyKindSchema,
} from "../every-kind.js";
import { encoder } from "./encoder.js";
import { parseState } from "./state.js";

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

function encoding(options: EncoderOptions = {}) {
  const one = encoder({ now: () => now, ...options });
  return (message: Message): string => {
    const chunks: string[] = [];
    for (const chunk of one.encode(message))
      chunks.push(Buffer.from(chunk).toString());
    return chunks.join("");
  };
}

const full: SelectedStream = {
  id: "main-t",
  namespace: "main",
  name: "t",
  columns: undefined,
  syncMode: "full_table",
};
const incremental: SelectedStream = {
  ...full,
  id: "main-u",
  name: "u",
  syncMode: "incremental",
  cursorField: "k",
};

function schemaMessage(
  stream: SelectedStream,
  type: DataType = int64,
): Message {
  const schema: Schema = { fields: [field("k", type), field("v", utf8)] };
  return { type: "schema", stream, schema, primaryKey: [] };
}

function stateMessage(
  stream: SelectedStream,
  cursor: string | undefined,
  complete = true,
): Message {
  const state = cursor === undefined ? undefined : { cursorField: "k", cursor };
  return { type: "state", stream, state, complete };
}

describe("encoder", () => {
  it("writes a RECORD of every Kind", () => {
    const encode = encoding();
    encode({
      type: "schema",
      stream: full,
      schema: everyKindSchema,
      primaryKey: [],
    });
    const lines = encode({
      type: "batch",
      stream: full,
      batch: everyKindBatch(),
    });
    assert.equal(
      lines,
      everyKindRows("Z")
        .map(
          (row) =>
            `{"type":"RECORD","stream":"main-t","record":${row},"time_extracted":"2026-01-02T03:04:05.006Z"}\n`,
        )
        .join(""),
    );
    for (const line of lines.trim().split("\n")) JSON.parse(line);
  });

  it("writes a SCHEMA once, with key, bookmark and table", () => {
    const encode = encoding();
    const message: Message = {
      type: "schema",
      stream: { ...incremental, id: 'a"b-c-d', namespace: 'a"b', name: "c-d" },
      schema: { fields: [field("k", int64, false)] },
      primaryKey: ["k"],
    };
    assert.equal(
      encode(message),
      '{"type":"SCHEMA","stream":"a\\"b-c-d","schema":{"type":"object","properties":{"k":{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807,"x-arrow-type":"int64"}},"required":["k"],"x-table":{"namespace":"a\\"b","name":"c-d"}},"key_properties":["k"],"bookmark_properties":["k"]}\n',
    );
    assert.equal(encode(message), "");
    assert.notEqual(
      encode({ ...message, schema: { fields: [field("k", utf8)] } }),
      "",
    );
  });

  it("gives every batch its own time", () => {
    let time = now;
    const encode = encoding({ now: () => time });
    encode(schemaMessage(full));
    const schema: Schema = { fields: [field("k", int64), field("v", utf8)] };
    const batch = batchOfValues(schema, [[1n], ["x"]]);
    const line = () => encode({ type: "batch", stream: full, batch });
    assert.match(line(), /"time_extracted":"2026-01-02T03:04:05\.006Z"/);
    time += 1;
    assert.match(line(), /"time_extracted":"2026-01-02T03:04:05\.007Z"/);
  });

  it("writes cursors so that no reader can damage them", () => {
    const value = (type: DataType, cursor: string) => {
      const encode = encoding();
      encode(schemaMessage(incremental, type));
      return /"replication_key_value":([^,]*)/.exec(
        encode(stateMessage(incremental, cursor)),
      )?.[1];
    };
    const decimal: DataType = {
      type: "decimal",
      bits: 128,
      precision: 38,
      scale: 2,
    };
    assert.equal(value(int64, "9007199254740993"), "9007199254740993");
    assert.equal(value(decimal, "-12.30"), "-12.30");
    assert.equal(
      value(decimal, "123456789012345678.90"),
      '"123456789012345678.90"',
    );
    assert.equal(value(utf8, "007"), '"007"');
    assert.equal(
      value({ type: "timestamp", unit: "ns" }, "2026-01-02T03:04:05.000000001"),
      '"2026-01-02T03:04:05.000000001"',
    );
  });

  it("keeps what the given state says of others, digit by digit", () => {
    const encode = encoding({
      stateText:
        '{"x":12345678901234567890.10,"currently_syncing":"z","bookmarks":{"1":{"lsn":98765432109876543210},"main-u":{"replication_key":"k","replication_key_value":1},"0":null},"y":[1.0]}',
    });
    encode(schemaMessage(incremental));
    assert.equal(
      encode(stateMessage(incremental, "2", false)),
      '{"type":"STATE","value":{"x":12345678901234567890.10,"bookmarks":{"1":{"lsn":98765432109876543210},"main-u":{"replication_key":"k","replication_key_value":2},"0":null},"y":[1.0]}}\n',
    );
  });

  it("says when a stream is complete, and takes it back when it is read again", () => {
    const encode = encoding();
    encode(schemaMessage(full));
    encode(schemaMessage(incremental));
    const last = [stateMessage(full, undefined), stateMessage(incremental, "5")]
      .map(encode)
      .at(-1);
    const stateText =
      '{"bookmarks":{"main-t":{"replication_method":"FULL_TABLE","complete":true},"main-u":{"replication_key":"k","replication_key_value":5,"complete":true}}}';
    assert.equal(last, `{"type":"STATE","value":${stateText}}\n`);

    const again = encoding({ stateText });
    for (const stream of [full, incremental])
      again({ type: "stream_status", stream, status: "started" });
    const other = { ...full, id: "o", name: "o" };
    assert.equal(
      again(stateMessage(other, undefined)),
      '{"type":"STATE","value":{"bookmarks":{"main-u":{"replication_key":"k","replication_key_value":5},"o":{"replication_method":"FULL_TABLE","complete":true}}}}\n',
    );
  });

  it("is understood by parseState", () => {
    const encode = encoding();
    encode(schemaMessage(incremental));
    const line = encode(stateMessage(incremental, "9007199254740993"));
    const { value } = /^\{"type":"STATE","value":(?<value>.*)\}\n$/.exec(line)
      ?.groups as { readonly value: string };
    assert.deepEqual(
      [...parseState(value, [full, incremental])],
      [["main-u", { cursorField: "k", cursor: "9007199254740993" }]],
    );
  });

  it("writes no state twice in a row", () => {
    const encode = encoding();
    assert.notEqual(encode(stateMessage(full, undefined)), "");
    assert.equal(encode(stateMessage(full, undefined)), "");
    const committed = (json: string): Message => ({
      type: "committed",
      state: { stream: undefined, json, records: 1, rejected: 0 },
    });
    assert.equal(encode(committed('{"a": 1.0}')), '{"a": 1.0}\n');
    assert.equal(encode(committed('{"a": 1.0}')), "");
    assert.equal(encode(committed("{}")), "{}\n");
  });

  it("prints the catalog and the description for people as well", () => {
    const encode = encoding();
    const catalog = encode({
      type: "catalog",
      streams: [
        {
          namespace: "main",
          name: "t",
          schema: { fields: [field("k", int64, false), field("v", utf8)] },
          primaryKey: ["k"],
          isView: false,
          comment: "what it is",
        },
      ],
    });
    assert.deepEqual(JSON.parse(catalog), {
      streams: [
        {
          tap_stream_id: "main-t",
          stream: "main-t",
          table_name: "t",
          is_view: false,
          key_properties: ["k"],
          schema: {
            type: "object",
            properties: {
              k: {
                type: "integer",
                minimum: -9223372036854775808,
                maximum: 9223372036854775807,
                "x-arrow-type": "int64",
              },
              v: { type: ["string", "null"], "x-arrow-type": "string" },
            },
            required: ["k"],
            description: "what it is",
          },
          metadata: [
            {
              breadcrumb: [],
              metadata: {
                inclusion: "available",
                "selected-by-default": false,
                "table-key-properties": ["k"],
                "valid-replication-keys": ["k", "v"],
                "schema-name": "main",
                "is-view": false,
              },
            },
            {
              breadcrumb: ["properties", "k"],
              metadata: { inclusion: "automatic" },
            },
            {
              breadcrumb: ["properties", "v"],
              metadata: { inclusion: "available", "selected-by-default": true },
            },
          ],
        },
      ],
    });
    assert.ok(catalog.startsWith('{\n  "streams": [\n    {\n      "tap'));
    const configSchema = { type: "object", properties: { url: {} } };
    const about = JSON.parse(
      encode({ type: "spec", role: "source", configSchema }),
    ) as Record<string, unknown>;
    assert.deepEqual(about["settings"], configSchema);
    assert.equal(about["name"], "tap-flightsql");
    assert.match(String(about["version"]), /^\d+\.\d+\.\d+/);
  });

  it("has no line for what Singer has no message for", () => {
    const encode = encoding();
    const failure = new Failure("internal", "x");
    for (const message of [
      { type: "connection_status", failure },
      { type: "log", level: "info", text: "x" },
      { type: "failure", failure },
      { type: "stream_status", stream: full, status: "complete" },
    ] as const)
      assert.equal(encode(message), "");
  });

  it("refuses a broken state and a batch without a schema", () => {
    assert.throws(
      () => encoder({ stateText: "[1]" }),
      (error) => error instanceof Failure && error.code === "invalid_config",
    );
    const batch = everyKindBatch();
    assert.throws(
      () => encoding()({ type: "batch", stream: full, batch }),
      (error) => error instanceof Failure && error.code === "internal",
    );
  });
});
