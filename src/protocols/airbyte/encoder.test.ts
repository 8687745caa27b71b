import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { field, int64, utf8, type Schema } from "../../arrow/schema.js";
import type { SelectedStream, Stream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { Message } from "../../message.js";
import {
  everyKindBatch,
  everyKindRows,
  everyKindSchema,
} from "../every-kind.js";
import { encoder } from "./encoder.js";
import { parseState } from "./state.js";

const now = 1_767_323_045_006;

function encoding() {
  const one = encoder({ now: () => now });
  return (message: Message): string => {
    const chunks: string[] = [];
    for (const chunk of one.encode(message))
      chunks.push(Buffer.from(chunk).toString());
    return chunks.join("");
  };
}

const full: SelectedStream = {
  id: "main.t",
  namespace: "main",
  name: "t",
  columns: undefined,
  syncMode: "full_table",
};
const incremental: SelectedStream = {
  ...full,
  id: "u",
  namespace: undefined,
  name: "u",
  syncMode: "incremental",
  cursorField: "k",
};
const running =
  '{"type":"TRACE","trace":{"type":"STREAM_STATUS","emitted_at":1767323045006,"stream_status":{"stream_descriptor":{"name":"t","namespace":"main"},"status":"RUNNING"}}}\n';

function schemaMessage(stream: SelectedStream): Message {
  return { type: "schema", stream, schema: everyKindSchema, primaryKey: [] };
}

describe("encoder", () => {
  it("writes a RECORD of every Kind, behind RUNNING", () => {
    const encode = encoding();
    assert.equal(encode(schemaMessage(full)), "");
    const batch = everyKindBatch();
    const lines = encode({ type: "batch", stream: full, batch });
    assert.equal(
      lines,
      running +
        everyKindRows("")
          .map(
            (row) =>
              `{"type":"RECORD","record":{"stream":"t","namespace":"main","data":${row},"emitted_at":1767323045006}}\n`,
          )
          .join(""),
    );
    for (const line of lines.trim().split("\n")) JSON.parse(line);
    assert.ok(
      !encode({ type: "batch", stream: full, batch }).includes("RUNNING"),
    );
  });

  it("counts the rows of each state", () => {
    const encode = encoding();
    const batch = everyKindBatch();
    for (const stream of [full, incremental]) {
      encode(schemaMessage(stream));
      encode({ type: "batch", stream, batch });
    }
    encode({ type: "batch", stream: incremental, batch });
    const state = { cursorField: "k", cursor: "9007199254740993" };
    const line = (stream: SelectedStream, complete: boolean) =>
      encode({
        type: "state",
        stream,
        state: stream === full ? undefined : state,
        complete,
      });
    assert.equal(
      line(incremental, false),
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"u"},"stream_state":{"cursor_field":["k"],"cursor":"9007199254740993"}},"sourceStats":{"recordCount":4.0}}}\n',
    );
    // The same position and no row since: nothing new is said.
    assert.equal(line(incremental, true), "");
    assert.equal(line(full, false), "");
    assert.equal(
      line(full, true),
      '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"t","namespace":"main"},"stream_state":{"__ab_full_refresh_sync_complete":true}},"sourceStats":{"recordCount":2.0}}}\n',
    );
  });

  it("writes a state for a stream without rows or values", () => {
    const line = encoding()({
      type: "state",
      stream: incremental,
      state: undefined,
      complete: true,
    });
    assert.match(line, /"stream_state":\{\}/);
    const { state } = JSON.parse(line) as { readonly state: object };
    assert.equal(parseState(JSON.stringify([state]), [incremental]).size, 0);
  });

  it("is understood by parseState", () => {
    const cursor = "123456789012345678901234567890.10";
    const line = encoding()({
      type: "state",
      stream: incremental,
      state: { cursorField: "k", cursor },
      complete: false,
    });
    assert.deepEqual(
      [...parseState(line, [incremental])],
      [["u", { cursorField: "k", cursor }]],
    );
  });

  it("tells statuses and failures of a stream", () => {
    const encode = encoding();
    const status = (status: "started" | "complete" | "incomplete") =>
      encode({ type: "stream_status", stream: full, status });
    assert.equal(status("started"), running.replace("RUNNING", "STARTED"));
    assert.equal(status("complete"), running.replace("RUNNING", "COMPLETE"));
    assert.equal(
      status("incomplete"),
      running.replace("RUNNING", "INCOMPLETE"),
    );
    const failure = new Failure("unavailable", "down", { stream: "main.t" });
    assert.equal(
      encode({ type: "failure", failure }),
      '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1767323045006,"error":{"message":"down","internal_message":"unavailable","failure_type":"transient_error","stream_descriptor":{"name":"t","namespace":"main"}}}}\n',
    );
    // A stream that this process does not know by name and namespace is named in the message.
    assert.equal(
      encode({
        type: "failure",
        failure: new Failure("internal", "x", { stream: "y" }),
      }),
      '{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1767323045006,"error":{"message":"x (y)","internal_message":"internal","failure_type":"system_error"}}}\n',
    );
  });

  it("gives a state back whole, with the rows that it stands for", () => {
    const encode = encoding();
    const committed = (json: string) =>
      encode({
        type: "committed",
        state: { stream: "u", json, records: 12, rejected: 0 },
      });
    const stats = '"destinationStats":{"recordCount":12.0}';
    const start =
      '{ "type":"STATE", "state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"é"},"stream_state":{"n":12345678901234567890.10}},"id":7';
    assert.equal(
      committed(`${start}},"log":null}`),
      `${start},${stats}},"log":null}\n`,
    );
    assert.equal(
      committed(`${start},"destinationStats" : null, "z":1 }}`),
      `${start},"destinationStats" : {"recordCount":12.0}, "z":1 }}\n`,
    );
    assert.equal(
      committed('{"type":"STATE","state":{}}'),
      `{"type":"STATE","state":{${stats}}}\n`,
    );
    assert.equal(
      encode({
        type: "committed",
        state: {
          stream: "u",
          json: '{"type":"STATE","state":{}}',
          records: 3,
          rejected: 2,
        },
      }),
      '{"type":"STATE","state":{"destinationStats":{"recordCount":3.0,"rejectedRecordCount":2.0}}}\n',
    );
    // The platform waits for each: the same text twice is two states.
    assert.equal(committed(`${start}}}`), committed(`${start}}}`));
  });

  it("writes SPEC, CONNECTION_STATUS and LOG", () => {
    const encode = encoding();
    const configSchema = { type: "object" };
    assert.equal(
      encode({ type: "spec", role: "source", configSchema }),
      '{"type":"SPEC","spec":{"protocol_version":"0.2.0","connectionSpecification":{"type":"object"},"supportsIncremental":true}}\n',
    );
    assert.match(
      encode({ type: "spec", role: "destination", configSchema }),
      /"supported_destination_sync_modes":\["overwrite","append","append_dedup"\]/,
    );
    assert.equal(
      encode({ type: "connection_status" }),
      '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}\n',
    );
    assert.equal(
      encode({
        type: "connection_status",
        failure: new Failure("unauthenticated", "no"),
      }),
      '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"no"}}\n',
    );
    assert.equal(
      encode({ type: "log", level: "warn", text: "a\nb" }),
      '{"type":"LOG","log":{"level":"WARN","message":"a\\nb"}}\n',
    );
  });

  it("writes the catalog", () => {
    const schema: Schema = {
      fields: [field("k", int64, false), field("v", utf8)],
    };
    const table: Stream = {
      catalog: "c",
      namespace: "main",
      name: "t",
      schema,
      primaryKey: ["k"],
      isView: false,
    };
    const view: Stream = {
      ...table,
      name: "w",
      schema: { fields: [field("b", { type: "bool" })] },
      primaryKey: [],
    };
    const encode = encoding();
    assert.deepEqual(
      JSON.parse(
        encode({
          type: "catalog",
          streams: [{ ...table, comment: "what it is" }, view],
        }),
      ),
      {
        type: "CATALOG",
        catalog: {
          streams: [
            {
              name: "t",
              namespace: "main",
              json_schema: {
                type: "object",
                properties: {
                  k: { type: "integer", "x-arrow-type": "int64" },
                  v: { type: ["string", "null"], "x-arrow-type": "string" },
                },
                required: ["k"],
                description: "what it is",
              },
              supported_sync_modes: ["full_refresh", "incremental"],
              source_defined_primary_key: [["k"]],
            },
            {
              name: "w",
              namespace: "main",
              json_schema: {
                type: "object",
                properties: {
                  b: { type: ["boolean", "null"], "x-arrow-type": "bool" },
                },
              },
              supported_sync_modes: ["full_refresh"],
              source_defined_primary_key: [],
            },
          ],
        },
      },
    );
    assert.throws(
      () =>
        encode({
          type: "catalog",
          streams: [table, { ...table, catalog: "d" }],
        }),
      (error) =>
        error instanceof Failure &&
        error.code === "unsupported" &&
        error.message.includes('"c" and "d"'),
    );
  });
});
