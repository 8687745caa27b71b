import assert, { AssertionError } from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { engines } from "../quirks/index.js";
import type { Quirks, Server } from "../quirks/quirks.js";
import type { Check, Twin } from "./check.js";
import { checks } from "./checks/index.js";
import type { Format } from "./formats/format.js";
import { formats } from "./formats/index.js";
import { Subject } from "./subject.js";

/** Milliseconds that the slowest check may take; nothing is measured by it. */
const timeout = 240_000;

interface Servers {
  readonly source: Server;
  readonly destination: Server;
}

async function runCheck(
  check: Check,
  quirks: Quirks,
  format: Format,
  servers: Servers,
  twin?: Twin,
): Promise<void> {
  await using subject = await Subject.open(
    quirks,
    format,
    servers,
    twin?.fault,
  );
  await check.run(subject);
}

function conformance(quirks: Quirks, format: Format): void {
  let servers: Servers;
  before(async () => {
    const [source, destination] = await Promise.all([
      quirks.start(),
      quirks.start(),
    ]);
    servers = { source, destination };
  });
  after(() => {
    const { source, destination } = servers;
    // Both, also when one of them cannot.
    return Promise.all(
      [source, destination].map((one) => one[Symbol.asyncDispose]()),
    );
  });

  for (const check of checks) {
    it(check.name, { timeout }, () => runCheck(check, quirks, format, servers));
    for (const twin of check.twins)
      it(`… and fails for one that ${twin.does}`, { timeout }, async () => {
        await assert.rejects(
          runCheck(check, quirks, format, servers, twin),
          (error: unknown) => {
            assert.ok(error instanceof AssertionError, String(error));
            assert.match(error.message, twin.because);
            return true;
          },
        );
      });
  }
}

// Most checks wait for processes to start, so the protocols go side by side.
for (const quirks of engines)
  describe(quirks.engine, { concurrency: true }, () => {
    for (const format of formats)
      describe(`${quirks.engine} × ${format.name}`, { concurrency: 1 }, () => {
        conformance(quirks, format);
      });
  });
