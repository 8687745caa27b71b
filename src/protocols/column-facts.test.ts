import assert from "node:assert/strict";
import { test } from "node:test";

import { field, int64, utf8 } from "../arrow/schema.js";
import type { Stream } from "../catalog.js";
import { encoder as airbyte } from "./airbyte/encoder.js";
import { encoder as singer } from "./singer/encoder.js";

const told = (facts: Readonly<Record<string, string>>) =>
  new Map(
    Object.entries(facts).map(([key, value]) => [
      `ARROW:FLIGHT:SQL:${key}`,
      value,
    ]),
  );

const stream: Stream = {
  name: "t",
  schema: {
    fields: [
      {
        ...field("id", int64, false),
        metadata: told({ TYPE_NAME: "BIGINT", REMARKS: 'The "number"' }),
      },
      { ...field("n", utf8), metadata: told({ REMARKS: "" }) },
    ],
  },
  primaryKey: ["id"],
  isView: false,
};

interface Described {
  readonly schema?: { readonly properties: Properties };
  readonly json_schema?: { readonly properties: Properties };
  readonly metadata?: readonly {
    readonly breadcrumb: readonly string[];
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
}

type Properties = Readonly<Record<string, { readonly description?: string }>>;

function catalogBy(encoder: typeof singer): Described {
  const message = { type: "catalog", streams: [stream] } as const;
  const text = Buffer.concat([...encoder({}).encode(message)]).toString();
  const parsed = JSON.parse(text) as {
    readonly streams?: readonly Described[];
    readonly catalog?: { readonly streams: readonly Described[] };
  };
  return (parsed.streams ?? parsed.catalog?.streams ?? [])[0] as Described;
}

test("a column's comment is its description in both catalogs", () => {
  for (const encoder of [singer, airbyte]) {
    const { schema, json_schema } = catalogBy(encoder);
    const { properties } = schema ?? json_schema ?? { properties: {} };
    assert.equal(properties["id"]?.description, 'The "number"');
    assert.equal(properties["n"]?.description, undefined);
  }
});

test("a Singer catalog names the database's types", () => {
  const { metadata = [] } = catalogBy(singer);
  const types = metadata.map(({ breadcrumb, metadata: values }) => [
    breadcrumb.at(-1),
    values["sql-datatype"],
  ]);
  assert.deepEqual(types, [
    [undefined, undefined],
    ["id", "BIGINT"],
    ["n", undefined],
  ]);
});
