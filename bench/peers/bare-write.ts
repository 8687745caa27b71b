// The least that a process can do that writes so many bytes to a pipe: what a tap is held against.
import { openSync, readSync, writeSync } from "node:fs";
import { argument } from "../timed.js";

const { file, bytes } = argument() as {
  readonly file: string;
  readonly bytes: number;
};
const block = 32 * 1024;
// Real lines, so that the reader sees what it would see; few enough that reading them costs nothing.
const sample = Buffer.alloc(256 * block);
const size = readSync(openSync(file, "r"), sample);
const end = size - (size % block) || size;

let offset = 0;
for (let left = bytes; left > 0;) {
  const written = writeSync(
    1,
    sample,
    offset,
    Math.min(block, end - offset, left),
  );
  left -= written;
  offset += written;
  if (offset === end) offset = 0;
}
