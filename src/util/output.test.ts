import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const output = JSON.stringify(
  fileURLToPath(
    new URL(
      "src/util/output.ts",
      import.meta.resolve("flightsync/package.json"),
    ),
  ),
);

/** A process that runs `body` with an `output` on its stdout and says on stderr what it wants known. */
function program(body: string, stdout: "pipe" | number) {
  const code = `
import { openOutput } from ${output};
import { PipeClosed } from ${output.replace("output.ts", "stdio.ts")};
const output = await openOutput();
const say = (text) => { process._rawDebug(text); };
${body}
`;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", code],
    { stdio: ["ignore", stdout, "pipe"] },
  );
  return { child, stderr: text(child.stderr), ended: once(child, "close") };
}

async function text(stream: AsyncIterable<unknown> | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** More than any pipe holds, in chunks whose memory is used again as soon as they are written. */
const rows = `
const chunk = Buffer.alloc(50_000);
for (let n = 0; n < 60; n++) {
  chunk.fill(48 + n % 10);
  await output.write(chunk);
}
await output.flush();
`;

const expected = Array.from({ length: 60 }, (_, n) =>
  String(n % 10).repeat(50_000),
).join("");

test("a pipe gets every byte, in order, though its memory is used again", async () => {
  const { child, ended } = program(rows, "pipe");
  assert.equal(await text(child.stdout), expected);
  assert.deepEqual(await ended, [0, null]);
});

test("a file gets every byte", async () => {
  const path = join(tmpdir(), `flightsync-output-${String(process.pid)}`);
  const descriptor = openSync(path, "w");
  const { ended } = program(rows, descriptor);
  closeSync(descriptor);
  assert.deepEqual(await ended, [0, null]);
  assert.equal(readFileSync(path, "utf8"), expected);
  rmSync(path);
});

test("what waits for a reader that pauses is not lost, and signals come through meanwhile", async () => {
  const body = `
process.on("SIGUSR2", () => say("signal"));
const written = output.write(Buffer.alloc(300_000, "x"));
say(written === undefined ? "written" : "waits");
const later = output.write(Buffer.from("end"));
await written;
await later;
`;
  const { child, ended } = program(body, "pipe");
  await once(child.stderr as NodeJS.ReadableStream, "readable");
  child.kill("SIGUSR2");
  await once(child.stderr as NodeJS.ReadableStream, "data");
  const whole = await text(child.stdout);
  assert.equal(whole, `${"x".repeat(300_000)}end`);
  assert.deepEqual(await ended, [0, null]);
});

test("a reader that goes away is told as PipeClosed, now and later", async () => {
  const body = `
const caught = async (run) => { try { await run(); return "nothing"; } catch (error) { return error instanceof PipeClosed; } };
say(String(await caught(() => output.write(Buffer.alloc(300_000)))));
say(String(await caught(() => output.write(Buffer.from("x")))));
say(String(await caught(() => output.flush())));
`;
  const { child, stderr, ended } = program(body, "pipe");
  child.stdout?.destroy();
  assert.equal(await stderr, "true\ntrue\ntrue\n");
  assert.deepEqual(await ended, [0, null]);
});
