import assert from "node:assert/strict";

import { selectSinger } from "../process/catalogs.js";
import { singerMessages } from "../process/messages.js";
import { start, withoutStacks, type Folder } from "../process/programs.js";
import type { Product, Running } from "./product.js";

/**
 * Kills a server in the middle of its long table: the tap says so and tells the state of what it has read before.
 *
 * @param catalog of the server, as the tap has discovered it.
 */
export async function proveKilled(
  { cursor, long }: Product,
  running: Running,
  folder: Folder,
  catalog: string,
): Promise<void> {
  const selected = selectSinger(catalog, {
    [cursor.stream]: cursor.column,
    [long.stream]: undefined,
  });
  const streams = selected.streams.toSorted(
    (a, b) =>
      Number(a.tap_stream_id === long.stream) -
      Number(b.tap_stream_id === long.stream),
  );
  const file = folder.file("killed.json", { streams });
  const config = folder.file("small.json", {
    ...running.settings,
    concurrency: 1,
    memory_bytes_max: 1_048_576,
  });
  const program = start(
    "tap-flightsql",
    ["--config", config, "--catalog", file],
    { stdin: "", paused: true },
  );
  // Two schemas, eight rows and a state of the first stream: what comes then are rows of the long one.
  await program.read(20);
  await running.program.stop("SIGKILL");
  program.resume();
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 75, stderr);
  assert.match(stderr, /^CRITICAL \[unavailable\] .*long\)$/m);
  assert.doesNotMatch(withoutStacks(stderr), /^ +at /m);
  const { bookmarks = {} } =
    singerMessages(stdout).findLast(({ type }) => type === "STATE")?.value ??
    {};
  assert.deepEqual(Object.keys(bookmarks), [cursor.stream]);
}
