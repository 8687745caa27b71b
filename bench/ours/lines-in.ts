// The parser of target and destination alone: lines of files to batches that nobody takes.
import { closeSync, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { releaseBatch } from "../../src/arrow/batch.js";
import type { Input } from "../../src/message.js";
import { protocolNamed } from "../../src/protocols/index.js";
import type { LineFiles } from "../cache.js";
import { argument, timed } from "../timed.js";

const files = argument() as LineFiles;
const protocol = await protocolNamed(files.protocol);

function* chunksOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  const chunk = Buffer.alloc(256 * 1024);
  for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk))
    yield chunk.subarray(0, size);
  closeSync(file);
}

await timed("parser", async () => {
  const decoder = protocol.decoder({ catalogText: files.catalogText });
  let rows = 0;
  const count = (inputs: Iterable<Input>) => {
    for (const input of inputs)
      if (input.type === "batch") {
        rows += input.batch.length;
        // As the target does when it has sent one, and between chunks it lets the event loop turn.
        releaseBatch(input.batch);
      }
  };
  for (const path of [files.head, files.records, files.tail])
    for (const chunk of chunksOf(path)) {
      count(decoder.decode(chunk));
      await setImmediate();
    }
  count(decoder.end());
  return { rows, bytes: files.bytes };
});
