import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { arbitraryBatch, arbitrarySchema } from "../arrow/arbitrary.js";
import type { Batch } from "../arrow/batch.js";
import { valuesOfBatch } from "../arrow/plain-values.js";
import type { DataType, Field, Schema } from "../arrow/schema.js";
import type { SelectedStream } from "../catalog.js";
import type { Message } from "../message.js";
import type { Protocol } from "../protocol.js";
import { airbyte } from "./airbyte/index.js";
import { decodeAll } from "./decoding.js";
import { singer } from "./singer/index.js";

const arbitraryName = fc.string({ unit: "binary", maxLength: 8 });

interface Sample {
  readonly stream: SelectedStream;
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

const sample: fc.Arbitrary<Sample> = arbitrarySchema.chain((schema) =>
  fc
    .record({
      namespace: fc.option(arbitraryName, { nil: undefined }),
      name: arbitraryName,
      batches: fc.array(arbitraryBatch(schema), { maxLength: 3 }),
    })
    .map(({ namespace, name, batches }) => ({
      stream: {
        id: JSON.stringify([namespace, name]),
        namespace: namespace === "" ? undefined : namespace,
        name: name === "" ? "-" : name,
        columns: undefined,
        syncMode: "full_table" as const,
      },
      schema,
      batches,
    })),
);

function linesOf(protocol: Protocol, messages: readonly Message[]): string {
  const encoder = protocol.encoder({ now: () => 1_767_323_045_006 });
  const parts: string[] = [];
  for (const message of messages)
    for (const chunk of encoder.encode(message))
      parts.push(Buffer.from(chunk).toString());
  return parts.join("");
}

function messagesOf({ stream, schema, batches }: Sample): Message[] {
  return [
    { type: "stream_status", stream, status: "started" },
    { type: "schema", stream, schema, primaryKey: [] },
    ...batches.map((batch): Message => ({ type: "batch", stream, batch })),
    { type: "state", stream, state: undefined, complete: true },
    { type: "stream_status", stream, status: "complete" },
  ];
}

/** The configured catalog that the platform makes of what `discover` said. */
function configuredCatalog(protocol: Protocol, sample: Sample): string {
  const { namespace, name } = sample.stream;
  const { schema } = sample;
  const line = linesOf(protocol, [
    {
      type: "catalog",
      streams: [{ namespace, name, schema, primaryKey: [], isView: false }],
    },
  ]);
  const { streams } = /"streams":\[(?<streams>.*)\]\}\}\n$/s.exec(line)
    ?.groups as { readonly streams: string };
  return `{"streams":[{"stream":${streams},"sync_mode":"full_refresh","destination_sync_mode":"overwrite"}]}`;
}

/** Metadata of fields does not travel. */
function plainType(type: DataType): DataType {
  switch (type.type) {
    case "list":
    case "fixed_size_list":
      return { ...type, item: plainField(type.item) };
    case "map":
      return { ...type, entries: plainField(type.entries) };
    case "struct":
    case "union":
      return { ...type, fields: type.fields.map(plainField) };
    default:
      return type;
  }
}

function plainField({ name, type, nullable }: Field): Field {
  return { name, type: plainType(type), nullable };
}

describe("what the encoder wrote, the decoder reads:", () => {
  for (const protocol of [singer, airbyte])
    it(`${protocol.name}, for every type and value`, () => {
      fc.assert(
        fc.property(
          sample,
          fc.integer({ min: 1, max: 200 }),
          fc.integer({ min: 1, max: 10 }),
          (sample, chunkBytes, batchRows) => {
            const { stream, schema, batches } = sample;
            const text = Buffer.from(linesOf(protocol, messagesOf(sample)));
            const catalogText =
              protocol === airbyte
                ? configuredCatalog(protocol, sample)
                : undefined;
            const chunks: Uint8Array[] = [];
            for (let at = 0; at < text.length; at += chunkBytes)
              chunks.push(text.subarray(at, at + chunkBytes));
            const decoder = protocol.decoder({ catalogText, batchRows });
            const inputs = decodeAll(decoder, chunks);

            const [first] = inputs;
            assert.equal(first?.type, "schema");
            assert.equal(first.stream.namespace, stream.namespace);
            assert.equal(first.stream.name, stream.name);
            assert.deepEqual(
              first.stream.schema.fields,
              schema.fields.map(plainField),
            );
            const read = inputs.flatMap((input) =>
              input.type === "batch" ? [input.batch] : [],
            );
            assert.deepEqual(rowsOf(read), rowsOf(batches));
            assert.deepEqual(
              inputs
                .slice(read.length + 1)
                .map(({ type }) => type)
                .sort(),
              ["state", "stream_status"],
            );
          },
        ),
        { numRuns: 200 },
      );
    });
});

function rowsOf(batches: readonly Batch[]): unknown[] {
  return batches.flatMap((batch) => {
    const columns = valuesOfBatch(batch);
    return Array.from({ length: batch.length }, (_, row) =>
      columns.map((values) => values[row]),
    );
  });
}
