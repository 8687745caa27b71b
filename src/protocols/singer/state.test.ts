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
      '{"bookmarks":{"a":{},"b":{"replication_key":"k","replication_key_value":null},"c":{}}}',
    ])
      assert.equal(parseState(text, selected).size, 0);
  });

  it("reads the shapes of other taps", () => {
    const state = (bookmark: object) =>
      parseState(JSON.stringify({ bookmarks: { a: bookmark } }), selected).get(
        "a",
      );
    const at = (cursor: string) => ({ cursorField: "k", cursor });
    const key = { replication_key: "k", replication_key_value: "x" };
    // The SDK's, in the middle of a run that is not ordered.
    assert.deepEqual(
      state({
        ...key,
        starting_replication_value: "x",
        replication_key_signpost: "z",
        progress_markers: {
          Note: "Progress is not resumable if interrupted.",
          replication_key: "k",
          replication_key_value: "y",
        },
      }),
      at("x"),
    );
    assert.deepEqual(
      state({ last_replication_method: "INCREMENTAL", version: 17, ...key }),
      at("x"),
    );
    assert.deepEqual(state({ k: "2020-01-01" }), at("2020-01-01"));
    assert.deepEqual(state({ other: "2020-01-01" }), undefined);
    assert.deepEqual(
      parseState(
        '{"currently_syncing":"a","bookmarks":{"a":{"version":17,"last_replication_method":"INCREMENTAL"}}}',
        selected.map((stream) => ({ ...stream, cursorField: "version" })),
      ).get("a"),
      undefined,
    );
  });

  it("says why a stream starts anew", () => {
    const reset = (bookmark: object, stream: Partial<SelectedStream> = {}) => {
      const text = JSON.stringify({ bookmarks: { a: bookmark } });
      const streams = selected.map((one) => ({ ...one, ...stream }));
      const last = parseState(text, streams).get("a");
      assert.ok(last !== undefined && "reset" in last);
      return last.reset;
    };
    const full = { syncMode: "full_table" } as const;
    const key = { replication_key: "k", replication_key_value: 1 };
    assert.match(reset(key, full), /INCREMENTAL and is FULL_TABLE now/);
    for (const bookmark of [
      { replication_method: "FULL_TABLE", complete: true },
      { last_replication_method: "full_table", version: 17 },
    ])
      assert.match(reset(bookmark), /FULL_TABLE and is INCREMENTAL now/);
    assert.match(
      reset({ last_replication_method: "LOG_BASED", lsn: 17 }, full),
      /LOG_BASED and is FULL_TABLE now/,
    );
    assert.match(
      reset({ partitions: [{ context: { shard: "eu" }, ...key }] }),
      /per partition/,
    );
    assert.match(
      reset({ replication_key_value: 1 }),
      /names no replication key/,
    );
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
