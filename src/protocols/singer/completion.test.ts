import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { wordsOf } from "../decoding.js";
import { decoder } from "./decoder.js";

function schema(stream: string, more: object = {}, hint?: object): string {
  return JSON.stringify({
    type: "SCHEMA",
    stream,
    schema: {
      type: "object",
      properties: {
        id: { type: "integer" },
        note: { type: ["string", "null"] },
      },
      ...(hint === undefined ? {} : { "x-table": hint }),
    },
    key_properties: ["id"],
    ...more,
  });
}

function record(stream: string, id: number): string {
  return `{"type":"RECORD","stream":"${stream}","record":{"id":${String(id)},"note":"x"},"time_extracted":"2026-01-02T03:04:05Z"}`;
}

function state(value: unknown): string {
  return `{"type":"STATE","value":${JSON.stringify(value)}}`;
}

function words(lines: readonly string[]): string[] {
  return wordsOf(decoder({}), ...lines);
}

describe("completeness", () => {
  const version = (stream: string) =>
    `{"type":"ACTIVATE_VERSION","stream":"${stream}","version":1}`;
  const own = (stream: string) => schema(stream, {}, { name: stream });
  /** Which streams are complete after the lines, as a loader sees it. */
  const complete = (...lines: string[]): string[] => {
    const done = new Set<string>();
    for (const word of words(lines)) {
      const [kind, stream = ""] = word.split(" ");
      if (kind === "complete") done.add(stream);
      if (kind === "batch") done.delete(stream);
    }
    return [...done].sort();
  };

  it("is told by a version activated behind the last row", () => {
    assert.deepEqual(complete(schema("a"), record("a", 1), version("a")), [
      "a",
    ]);
    assert.deepEqual(
      complete(schema("a"), record("a", 1), version("a"), record("a", 2)),
      [],
    );
    // The SDK activates before the first row.
    assert.deepEqual(complete(schema("a"), version("a")), []);
    assert.deepEqual(complete(schema("a"), version("a"), version("a")), ["a"]);
  });

  it("is told by a bookmark of our own tap, and by nothing less", () => {
    const bookmarks = (value: object) => state({ bookmarks: { a: value } });
    const done = { replication_method: "FULL_TABLE", complete: true };
    assert.deepEqual(complete(own("a"), record("a", 1), bookmarks(done)), [
      "a",
    ]);
    assert.deepEqual(complete(own("a"), bookmarks(done)), ["a"]);
    assert.deepEqual(
      complete(own("a"), record("a", 1), bookmarks({ replication_key: "id" })),
      [],
    );
    assert.deepEqual(complete(own("a"), record("a", 1), state({})), []);
    assert.deepEqual(
      complete(own("a"), record("a", 1), bookmarks(done), record("a", 2)),
      [],
    );
    // Under another name than that of the bookmark.
    assert.deepEqual(
      complete(own("b"), record("b", 1), bookmarks({ ...done, stream: "b" })),
      ["b"],
    );
    // A bookmark of an earlier run, before the stream began.
    assert.deepEqual(complete(bookmarks(done), own("a"), record("a", 1)), []);
  });

  it("is told by currently_syncing that goes on to another stream", () => {
    const syncing = (stream: string | null) =>
      state({ currently_syncing: stream });
    const both = [schema("a"), schema("b")];
    assert.deepEqual(
      complete(
        ...both,
        syncing("a"),
        record("a", 1),
        syncing("a"),
        record("a", 2),
        syncing("b"),
        record("b", 1),
      ),
      ["a"],
    );
    assert.deepEqual(
      complete(...both, syncing("a"), record("a", 1), syncing("a")),
      [],
    );
    assert.deepEqual(
      complete(...both, syncing("a"), record("a", 1), syncing(null)),
      ["a"],
    );
  });

  it("is told by a state, unless one came between two rows", () => {
    const lines = [schema("a"), record("a", 1), record("a", 2)];
    assert.deepEqual(complete(...lines, state(1)), ["a"]);
    assert.deepEqual(complete(...lines), []);
    assert.deepEqual(complete(...lines, state(1), record("a", 3)), []);
    assert.deepEqual(
      complete(...lines, state(1), record("a", 3), state(2)),
      [],
    );
    // A state before the first row says nothing either way.
    assert.deepEqual(
      complete(schema("a"), state(0), record("a", 1), state(1)),
      ["a"],
    );
    assert.deepEqual(complete(schema("a"), state(0)), []);
  });

  it("comes behind the rows and before the state", () => {
    assert.deepEqual(words([schema("a"), record("a", 1), state(1)]), [
      "schema a",
      "batch a 1|x",
      "complete a",
      "state * 1 1",
    ]);
  });
});
