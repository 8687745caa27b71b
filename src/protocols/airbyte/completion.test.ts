import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { wordsOf } from "../decoding.js";
import { decoder } from "./decoder.js";

interface StreamFields {
  readonly name: string;
  readonly namespace?: string | null;
}

function catalogOf(
  streams: readonly StreamFields[],
  fields: object = {},
): string {
  const json_schema = {
    properties: {
      id: { type: "integer" },
      note: { type: "string" },
    },
  };
  return JSON.stringify({
    streams: streams.map((stream) => ({
      stream: { ...stream, json_schema },
      sync_mode: "full_refresh",
      destination_sync_mode: "append",
      ...fields,
    })),
  });
}

const two = catalogOf([{ name: "a", namespace: "n" }, { name: "b" }]);

function record(name: string, id: number, namespace?: string): string {
  const space = namespace === undefined ? "" : `,"namespace":"${namespace}"`;
  return `{"type":"RECORD","record":{"stream":"${name}"${space},"data":{"id":${String(id)},"note":"x"},"emitted_at":1767323045006}}`;
}

function state(name: string, value: unknown, namespace?: string): string {
  return JSON.stringify({
    type: "STATE",
    state: {
      type: "STREAM",
      stream: {
        stream_descriptor: { name, namespace },
        stream_state: value,
      },
    },
  });
}

function status(name: string, word: string, namespace?: string): string {
  return JSON.stringify({
    type: "TRACE",
    trace: {
      type: "STREAM_STATUS",
      emitted_at: 1.5,
      stream_status: {
        stream_descriptor: { name, namespace },
        status: word,
      },
    },
  });
}

function words(catalogText: string, ...lines: string[]): string[] {
  return wordsOf(decoder({ catalogText }), ...lines);
}

describe("completeness", () => {
  const complete = (catalogText: string, ...lines: string[]): string[] => {
    const done = new Map<string, string>();
    for (const word of words(catalogText, ...lines)) {
      const [kind = "", stream = ""] = word.split(" ");
      if (kind === "complete" || kind === "incomplete") done.set(stream, kind);
      if (kind === "batch") done.delete(stream);
    }
    return Array.from(done, ([stream, kind]) => `${kind} ${stream}`).sort();
  };

  it("is told by statuses", () => {
    assert.deepEqual(
      complete(
        two,
        status("a", "STARTED", "n"),
        record("a", 1, "n"),
        status("a", "RUNNING", "n"),
        status("a", "COMPLETE", "n"),
        status("b", "INCOMPLETE"),
      ),
      ["complete n.a", "incomplete b"],
    );
  });

  it("is guessed from a state only where nobody tells it", () => {
    const rows = [record("b", 1), record("b", 2)];
    const registry = catalogOf([{ name: "b" }], {
      generation_id: 3,
      minimum_generation_id: 0,
      sync_id: 9,
    });
    assert.deepEqual(complete(two, ...rows, state("b", {})), ["complete b"]);
    assert.deepEqual(complete(two, state("b", {})), ["complete b"]);
    assert.deepEqual(complete(two, ...rows), []);
    assert.deepEqual(complete(two, ...rows, state("b", 1), record("b", 3)), []);
    assert.deepEqual(
      complete(two, ...rows, state("b", 1), record("b", 3), state("b", 2)),
      [],
    );
    assert.deepEqual(complete(registry, ...rows, state("b", {})), []);
    assert.deepEqual(
      complete(two, status("a", "STARTED", "n"), ...rows, state("b", {})),
      [],
    );
  });
});
