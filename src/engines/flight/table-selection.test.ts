import assert from "node:assert/strict";
import { test } from "node:test";

import { namePattern, TableSelection } from "./table-selection.js";

const tables = [
  { namespace: "sales", name: "orders" },
  { namespace: "sales", name: "orders_tmp" },
  { namespace: "dw_1", name: "fact.day" },
  { namespace: "dwx", name: "FACT" },
  { namespace: undefined, name: "loose" },
];

const cases: readonly (readonly [
  string,
  ConstructorParameters<typeof TableSelection>[0],
  readonly string[],
])[] = [
  ["nothing asked", {}, ["orders", "orders_tmp", "fact.day", "FACT", "loose"]],
  ["one schema", { schemas: ["sales"] }, ["orders", "orders_tmp"]],
  ["an underscore is itself", { schemas: ["dw_*"] }, ["fact.day"]],
  ["letter case counts", { tables: ["fact*"] }, ["fact.day"]],
  ["with its schema", { tables: ["sales.orders"] }, ["orders"]],
  ["a dot in a name", { tables: ["fact.day"] }, ["fact.day"]],
  ["any character", { tables: ["order?", "loos?"] }, ["orders", "loose"]],
  [
    "but for some",
    { tables: ["*", "!order*", "orders"] },
    ["orders", "fact.day", "FACT", "loose"],
  ],
  ["all but some", { tables: ["!sales.*", "!loose"] }, ["fact.day", "FACT"]],
  [
    "all schemas but one",
    { schemas: ["!sales"] },
    ["fact.day", "FACT", "loose"],
  ],
  ["left out but for one", { exclude: ["*", "!loose"] }, ["loose"]],
  [
    "left out",
    { schemas: ["sales", "dw*"], exclude: ["*_tmp", "dwx.*"] },
    ["orders", "fact.day"],
  ],
];

/** What LIKE without an escape character matches, in any letter case. */
function like(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  const source = pattern
    .replace(/[.+^${}()|[\]\\*?]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(`^${source}$`, "is").test(text);
}

for (const [title, settings, expected] of cases)
  test(`tables: ${title}`, () => {
    const selection = new TableSelection(settings);
    const included = tables.filter((table) => selection.includes(table));
    assert.deepEqual(
      included.map(({ name }) => name),
      expected,
    );
    const asked = selection.patterns();
    for (const { namespace = "", name } of included)
      assert.ok(
        asked.some(
          ({ dbSchemaPattern, tablePattern }) =>
            like(dbSchemaPattern, namespace) && like(tablePattern, name),
        ),
        `no pattern asks for ${namespace}.${name}`,
      );
  });

test("what can be asked of the server is not fetched whole", () => {
  const patterns = new TableSelection({
    schemas: ["sales"],
    tables: ["fact_*"],
  }).patterns();
  assert.deepEqual(patterns, [
    { dbSchemaPattern: "sales", tablePattern: "fact_%" },
  ]);
  const many = Array.from({ length: 9 }, (_, index) => `t${String(index)}`);
  assert.deepEqual(new TableSelection({ tables: many }).patterns(), [{}]);
});

test("a name becomes a pattern that no server can misread", () => {
  assert.equal(namePattern("it's 100%_\\"), "it_s 100___");
});
