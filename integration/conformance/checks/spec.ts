import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { Ajv } from "ajv";

import type { Role } from "../../../src/engine.js";
import type { Check } from "../check.js";
import { changed } from "../fault.js";

const roles: readonly Role[] = ["source", "destination"];

export const spec: Check = {
  name: "prints the JSON Schema of its settings, the one that specs/ holds",
  async run(subject) {
    const { format, quirks } = subject;
    for (const role of roles) {
      const { lines, code, log } = await subject.run(role, format.spec);
      assert.equal(code, 0, log);
      const schema = format.settingsSchema(lines.join("\n")) as object;
      const ajv = new Ajv({ strict: false });
      assert.ok(
        ajv.validateSchema(schema),
        `the ${role}'s schema is not valid: ${ajv.errorsText(ajv.errors)}`,
      );
      const file = `../../../specs/config/${quirks.engine}.${role}.json`;
      const text = readFileSync(join(import.meta.dirname, file), "utf8");
      assert.deepEqual(
        schema,
        JSON.parse(text),
        `the ${role}'s schema is not that of specs/config`,
      );
    }
  },
  twins: [
    {
      does: "has a type that JSON Schema does not know",
      fault: () => ({
        role: "destination",
        output: changed((line) => line.replace(/"integer"/, '"int"')),
      }),
      because: /^the destination's schema is not valid/,
    },
    {
      does: "forgot what one setting means",
      fault: () => ({
        role: "source",
        output: changed((line) =>
          line.replace("Streams read side by side", ""),
        ),
      }),
      because: /^the source's schema is not that of specs/,
    },
  ],
};
