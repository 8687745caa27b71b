import assert from "node:assert/strict";

import type { Role } from "../../../src/engine.js";
import type { Check } from "../check.js";
import { changed } from "../fault.js";

const roles: readonly Role[] = ["source", "destination"];

export const goodConnection: Check = {
  name: "says that a good connection works",
  async run(subject) {
    const { format } = subject;
    for (const role of roles) {
      // Only sources have a check in every protocol.
      if (format.name === "singer" && role === "destination") continue;
      const given = format.check(subject.config(role));
      const finished = await subject.run(role, given);
      const { isGood, message } = format.checked(finished);
      assert.ok(isGood, `the ${role} refuses a good connection: ${message}`);
      assert.equal(finished.code, 0, finished.log);
    }
  },
  twins: [
    {
      does: "never succeeds",
      fault: () => ({
        role: "source",
        output: changed((line) => line.replace('"SUCCEEDED"', '"FAILED"')),
        end: () => ({ code: 75, signal: null }),
      }),
      because: /refuses a good connection/,
    },
  ],
};

export const badConnection: Check = {
  name: "tells politely that a connection fails, without its secrets",
  async run(subject) {
    const { format, quirks } = subject;
    for (const role of roles) {
      if (format.name === "singer" && role === "destination") continue;
      const { wrongCredentials, secrets } = subject.server(role);
      for (const settings of [wrongCredentials, quirks.unreachable]) {
        const given = format.check(subject.config(role, settings));
        const finished = await subject.run(role, given);
        const { isGood, message } = format.checked(finished);
        assert.ok(!isGood, `the ${role} accepts a bad connection`);
        assert.notEqual(message, "", "no reason is given");
        assert.ok(
          format.failedCheckExits.includes(finished.code ?? -1),
          `the exit code is ${String(finished.code)}`,
        );
        const output = finished.lines.join("\n") + finished.log;
        assert.doesNotMatch(output, /^\s+at /m, "a stack trace is shown");
        for (const secret of secrets)
          assert.ok(!output.includes(secret), "a secret is shown");
      }
    }
  },
  twins: [
    {
      does: "always succeeds",
      fault: () => ({
        role: "source",
        output: changed((line) => line.replace('"FAILED"', '"SUCCEEDED"')),
        end: () => ({ code: 0, signal: null }),
      }),
      because: /accepts a bad connection/,
    },
    {
      does: "dies of an uncaught error",
      fault: () => ({
        role: "source",
        preload: `process.on("exit", () => { throw new Error("uncaught"); });`,
      }),
      because: /the exit code is|a stack trace is shown/,
    },
    {
      does: "shows the password",
      fault: ({ source }) => ({
        role: "source",
        preload: `console.error(${JSON.stringify(source.secrets.join(" "))})`,
      }),
      because: /a secret is shown/,
    },
  ],
};
