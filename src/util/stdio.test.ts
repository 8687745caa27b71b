import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const module_ = JSON.stringify(
  fileURLToPath(
    new URL(
      "src/util/stdio.ts",
      import.meta.resolve("flightsync/package.json"),
    ),
  ),
);

/** A process that reads its stdin with `chunksOf`. */
function program(body: string, stdin: "pipe" | number) {
  const code = `
import { createHash } from "node:crypto";
import { chunksOf } from ${module_};
const chunks = chunksOf(0);
${body}
`;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", code],
    { stdio: [stdin, "pipe", "inherit"] },
  );
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  const ended = once(child, "close").then(([exit]) => [exit, text] as const);
  return { child, ended };
}

const digest = `
const hash = createHash("sha256");
for await (const chunk of chunks) {
  const seen = Buffer.from(chunk);
  // A chunk stays as it is while it is worked on, though more is there to be read.
  await new Promise((resolve) => setImmediate(resolve));
  if (!seen.equals(chunk)) throw new Error("a chunk changed");
  hash.update(seen);
}
process.stdout.write(hash.digest("hex"));
`;

const bytes = randomBytes(3_000_001);
const expected = createHash("sha256").update(bytes).digest("hex");

test("a pipe is read whole, each chunk unchanged until the next is asked for", async () => {
  const { child, ended } = program(digest, "pipe");
  child.stdin?.end(bytes);
  assert.deepEqual(await ended, [0, expected]);
});

test("a file is read whole", async () => {
  const path = join(tmpdir(), `flightsync-stdio-${String(process.pid)}`);
  writeFileSync(path, bytes);
  const descriptor = openSync(path, "r");
  const { ended } = program(digest, descriptor);
  closeSync(descriptor);
  assert.deepEqual(await ended, [0, expected]);
  rmSync(path);
});

test("an empty pipe ends", async () => {
  const { child, ended } = program(digest, "pipe");
  child.stdin?.end();
  const nothing = createHash("sha256").digest("hex");
  assert.deepEqual(await ended, [0, nothing]);
});

test("a silent pipe does not keep the process from ending", async () => {
  const path = join(tmpdir(), `flightsync-fifo-${String(process.pid)}`);
  execFileSync("mkfifo", [path]);
  // Open for both: the pipe stays open, and says no more than this.
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, "hello");
  const body = `
process.stdout.write(Buffer.from((await chunks.next()).value));
void chunks.next();
setImmediate(() => process.exit(3));
`;
  const { ended } = program(body, descriptor);
  assert.deepEqual(await ended, [3, "hello"]);
  closeSync(descriptor);
  rmSync(path);
});
