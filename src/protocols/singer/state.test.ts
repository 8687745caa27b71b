import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { SelectedStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import { parseState } from "./state.js";

const selected: SelectedStream[] = ["a", "b", "c"].map((id) => ({
  id,
  name: id,
  columns: undefined,
  syncMode: "incremental",
  cursorField: "k",
}));

describe("parseState", () => {
  it("keeps numbers and strings to the last digit", () => {
    const state = parseState(
      '{"bookmarks":{"a":{"replication_key":"k","replication_key_value":123456789012345678901234567890.10},"b":{"replication_key":"k","replication_key_value":"2026-01-02T03:04:05.123456789Z"},"z":{"replication_key":"k","replication_key_value":1}}}',
      selected,
    );
    assert.deepEqual(
      [...state],
      [
        [
          "a",
          { cursorField: "k", cursor: "123456789012345678901234567890.10" },
        ],
        ["b", { cursorField: "k", cursor: "2026-01-02T03:04:05.123456789Z" }],
      ],
    );
  });

  it("starts anew without a value", () => {
    for (const text of [
      "",
      "\n",
      "{}",
      '{"bookmarks":null}',
      '{"bookmarks":{"a":{"replication_method":"FULL_TABLE","complete":true},"b":{"replication_key":"k","replication_key_value":null},"c":{}}}',
    ])
      assert.equal(parseState(text, selected).size, 0);
  });

  it("says where the state is wrong", () => {
    for (const [text, path] of [
      ["[]", "state: expected an object"],
      ["{]", "line 1, column 2"],
      ['{"bookmarks":[]}', "state: bookmarks: expected an object"],
      [
        '{"bookmarks":{"a":{"replication_key":"k","replication_key_value":[1]}}}',
        "state: bookmarks.a.replication_key_value: expected a string or a number",
      ],
    ] as const)
      assert.throws(
        () => parseState(text, selected),
        (error) =>
          error instanceof Failure &&
          error.code === "invalid_config" &&
          error.message.includes(path),
      );
  });
});
