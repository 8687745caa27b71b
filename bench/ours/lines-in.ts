// The target's parser alone: Singer lines of a file to batches that nobody takes.
import { closeSync, openSync, readSync } from "node:fs";
import type { Input } from "../../src/message.js";
import { singer } from "../../src/protocols/singer/index.js";
import type { LineFiles } from "../cache.js";
import { argument, timed } from "../timed.js";

const { schema, records, state, singerBytes } = argument() as LineFiles;

function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  const chunk = Buffer.alloc(256 * 1024);
  for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk))
    yield chunk.subarray(0, size);
  closeSync(file);
}

await timed("parser", () => {
  const decoder = singer.decoder({});
  let rows = 0;
  const count = (inputs: Iterable<Input>) => {
    for (const input of inputs)
      if (input.type === "batch") rows += input.batch.length;
  };
  for (const path of [schema, records, state])
    for (const chunk of chunksOf(path)) count(decoder.decode(chunk));
  count(decoder.end());
  return Promise.resolve({ rows, bytes: singerBytes });
});
