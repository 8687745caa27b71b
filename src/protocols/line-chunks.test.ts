import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { LineChunks } from "./line-chunks.js";

/** Lines and where they begin, from chunks that share one memory. */
function linesOf(chunks: readonly string[]): [number, string][] {
  const lines: [number, string][] = [];
  const cutter = new LineChunks();
  const memory = Buffer.alloc(64);
  const read = (bytes: Uint8Array, start: number, end: number, at: number) => {
    const text = Buffer.from(bytes.subarray(start, end)).toString();
    let offset = at + start;
    for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      lines.push([offset, line]);
      offset += line.length;
    }
  };
  for (const chunk of chunks) {
    const length = memory.write(chunk);
    for (const { bytes, start, end, offset } of cutter.feed(
      memory.subarray(0, length),
    ))
      read(bytes, start, end, offset);
  }
  const rest = cutter.rest();
  if (rest !== undefined) read(rest.bytes, rest.start, rest.end, rest.offset);
  return lines;
}

describe("LineChunks", () => {
  it("gives every line once with its offset, however the text is cut", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "b", "\n") });
    fc.assert(
      fc.property(fc.array(piece), (chunks) => {
        assert.deepEqual(linesOf(chunks), linesOf(Array.from(chunks.join(""))));
        assert.equal(
          linesOf(chunks)
            .map(([, line]) => line)
            .join(""),
          chunks.join(""),
        );
      }),
    );
  });

  it("puts a long line together from many chunks", () => {
    const cutter = new LineChunks();
    const part = Buffer.alloc(1000, "x");
    for (let i = 0; i < 5000; i += 1)
      assert.deepEqual([...cutter.feed(part)], []);
    const [range] = [...cutter.feed(Buffer.from("y\nz"))];
    assert.equal(range?.end, 5_000_002);
    assert.equal(range.bytes[5_000_000], "y".charCodeAt(0));
    assert.deepEqual(cutter.rest()?.offset, 5_000_002);
  });
});
