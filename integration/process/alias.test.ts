import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { singerMessages, states } from "./messages.js";
import { Folder, run } from "./programs.js";
import { Server } from "./server.js";
import { tapArguments } from "./tap.js";

const folder = new Folder();
let server: Server;

before(async () => {
  server = await Server.start();
  await server.update(
    "CREATE TABLE people AS SELECT range AS id FROM range(3)",
  );
});

after(() => server[Symbol.asyncDispose]());

test("a stream with an alias is loaded under it, whole, and its state keeps its id", async () => {
  const entry = { stream_alias: "folk" };
  const tap = await run(
    "tap-flightsql",
    tapArguments(folder, { url: server.url }, { name: "people", entry }),
  );
  assert.equal(tap.code, 0, tap.stderr);
  const [schema] = singerMessages(tap.stdout);
  assert.equal((schema as { readonly stream?: string }).stream, "folk");
  const config = folder.file("target.json", {
    url: server.url,
    load_method: "overwrite",
  });
  const target = await run("target-flightsql", ["--config", config], {
    stdin: tap.stdout,
  });
  assert.equal(target.code, 0, target.stderr);
  assert.deepEqual(
    await server.table("main.folk"),
    await server.table("main.people"),
  );
  assert.deepEqual(states(target.stdout), [
    {
      bookmarks: {
        "main-people": {
          replication_method: "FULL_TABLE",
          stream: "folk",
          complete: true,
        },
      },
    },
  ]);
});
