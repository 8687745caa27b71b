import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SelectedStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import { parseState } from "./state.js";

const selected: SelectedStream[] = [undefined, "n"].map((namespace) => ({
  id: namespace === undefined ? "s" : "n.s",
  namespace,
  name: "s",
  columns: undefined,
  syncMode: "incremental",
  cursorField: "k",
}));

function message(stream_state: unknown, descriptor: object): object {
  return {
    type: "STREAM",
    stream: { stream_descriptor: descriptor, stream_state },
  };
}

describe("parseState", () => {
  it("finds each stream by name and namespace", () => {
    const text = JSON.stringify([
      message(
        { cursor_field: ["k"], cursor: "12.30" },
        { name: "s", namespace: null },
      ),
      message(
        { cursor_field: ["k"], cursor: "x" },
        { name: "s", namespace: "n" },
      ),
      message({ cursor_field: ["k"], cursor: "y" }, { name: "gone" }),
    ]);
    assert.deepEqual(
      [...parseState(text, selected)],
      [
        ["s", { cursorField: "k", cursor: "12.30" }],
        ["n.s", { cursorField: "k", cursor: "x" }],
      ],
    );
  });

  it("takes a single state, a whole line, and exact numbers", () => {
    const state =
      '{"type":"STREAM","stream":{"stream_descriptor":{"name":"s"},"stream_state":{"cursor_field":["k"],"cursor":9007199254740993.10}}}';
    for (const text of [state, `{"type":"STATE","state":${state}}`])
      assert.deepEqual(
        [...parseState(text, selected)],
        [["s", { cursorField: "k", cursor: "9007199254740993.10" }]],
      );
  });

  it("starts anew without a position", () => {
    for (const text of [
      "",
      "[]",
      "{}",
      JSON.stringify([
        message({ __ab_full_refresh_sync_complete: true }, { name: "s" }),
        message({}, { name: "s" }),
        message(null, { name: "s" }),
      ]),
    ])
      assert.equal(parseState(text, selected).size, 0);
  });

  it("refuses states that it could only read wrongly", () => {
    for (const [text, code, part] of [
      ['{"type":"GLOBAL","global":{}}', "unsupported", "GLOBAL"],
      ['[{"data":{"cdc":1}}]', "unsupported", "state: [0]"],
      ["[1]", "invalid_config", "state: [0]: expected an object"],
      [
        '[{"type":"STREAM","stream":{}}]',
        "invalid_config",
        "state: [0].stream.stream_descriptor.name",
      ],
    ] as const)
      assert.throws(
        () => parseState(text, selected),
        (error) =>
          error instanceof Failure &&
          error.code === code &&
          error.message.includes(part),
      );
  });
});
