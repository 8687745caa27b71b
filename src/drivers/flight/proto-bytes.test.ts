import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type protobufjs from "protobufjs";
import {
  decodeFlightData,
  decodePutResult,
  encodeFlightData,
  encodePutResult,
  takeFlightData,
} from "./flight-data.js";
import * as flight from "./messages.js";
import type { FieldSpec } from "./protobuf-fields.js";
import { root, tables } from "./published.test.js";
import type { Table } from "./published.test.js";

/** A copy as gRPC delivers it: behind five bytes of its own. */
function behindPrefix(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + bytes.length);
  framed.set(bytes, 5);
  return framed.subarray(5);
}

describe("bytes agree with protobufjs", () => {
  for (const [name, table] of tables)
    test(name, () => {
      const type = root.lookupType(name);
      fc.assert(
        fc.property(arbitraryMessage(table), (message) => {
          const ours = table.encode(message);
          assert.deepEqual(theirView(type, ours), ourView(table, message));
          assert.deepEqual(
            table.decode(ours),
            table.decode(table.encode(table.decode(ours))),
          );
          const theirs = type
            .encode(type.fromObject(ourView(table, message)))
            .finish();
          assert.deepEqual(
            ourView(table, table.decode(theirs)),
            theirView(type, theirs),
          );
        }),
        { numRuns: 40 },
      );
    });

  test("FlightData", () => {
    const type = root.lookupType("arrow.flight.protocol.FlightData");
    const part = fc.option(fc.uint8Array({ maxLength: 300 }), {
      nil: undefined,
    });
    const parts = fc.record({
      descriptor: fc.option(arbitraryMessage(flight.FlightDescriptor), {
        nil: undefined,
      }),
      header: part,
      appMetadata: part,
      body: fc.option(fc.array(fc.uint8Array({ maxLength: 300 })), {
        nil: undefined,
      }),
    });
    fc.assert(
      fc.property(parts, ({ descriptor, header, appMetadata, body = [] }) => {
        const bytes = encodeFlightData({
          descriptor,
          header,
          appMetadata,
          body,
        });
        const theirs = theirView(type, bytes);
        assert.equal(
          theirs["dataBody"] ?? "",
          Buffer.concat(body).toString("base64"),
        );
        assert.equal(theirs["dataHeader"] ?? "", base64(header));
        assert.equal(theirs["appMetadata"] ?? "", base64(appMetadata));
        assert.equal("flightDescriptor" in theirs, descriptor !== undefined);
        const reencoded = type.encode(type.fromObject(theirs)).finish();
        const taken = takeFlightData(behindPrefix(bytes));
        if (taken.header.length > 7) assert.equal(taken.body.byteOffset % 8, 0);
        for (const ours of [
          decodeFlightData(bytes),
          decodeFlightData(reencoded),
          taken,
        ]) {
          assert.equal(
            base64(ours.body),
            Buffer.concat(body).toString("base64"),
          );
          assert.equal(base64(ours.header), base64(header));
          assert.equal(base64(ours.appMetadata), base64(appMetadata));
          assert.deepEqual(
            ours.descriptor &&
              flight.FlightDescriptor.decode(Buffer.from(ours.descriptor)),
            descriptor &&
              flight.FlightDescriptor.decode(
                flight.FlightDescriptor.encode(descriptor),
              ),
          );
        }
      }),
    );
  });

  test("a body is taken where it can be read in place, whatever lies before it", () => {
    for (let length = 0; length < 16; length++) {
      const appMetadata = new Uint8Array(length).fill(1);
      const body = [new Uint8Array(64).fill(2)];
      const header = new Uint8Array(8).fill(3);
      const bytes = encodeFlightData({ header, appMetadata, body });
      const taken = takeFlightData(behindPrefix(bytes));
      assert.equal(taken.body.byteOffset % 8, 0);
      assert.deepEqual([...taken.header], [...header]);
      assert.deepEqual([...taken.appMetadata], [...appMetadata]);
      assert.equal(Buffer.compare(taken.body, body[0] as Uint8Array), 0);
    }
  });

  test("PutResult", () => {
    const type = root.lookupType("arrow.flight.protocol.PutResult");
    fc.assert(
      fc.property(fc.uint8Array(), (appMetadata) => {
        const bytes = encodePutResult({ appMetadata });
        assert.equal(
          theirView(type, bytes)["appMetadata"] ?? "",
          base64(appMetadata),
        );
        const theirs = type.encode(type.create({ appMetadata })).finish();
        assert.equal(
          base64(decodePutResult(theirs).appMetadata),
          base64(appMetadata),
        );
      }),
    );
  });
});

function base64(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("base64");
}

/** What protobufjs reads, as plain values: 64-bit integers as text, bytes as base64, what is not set left out. */
function theirView(
  type: protobufjs.Type,
  bytes: Uint8Array,
): Record<string, unknown> {
  const object = type.toObject(type.decode(bytes), {
    longs: String,
    bytes: String,
    defaults: true,
  });
  return withoutUnset(object) as Record<string, unknown>;
}

function withoutUnset(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnset);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([key, item]) => [key, withoutUnset(item)]),
  );
}

/** The same view of a message of ours, with the defaults that decoding gives. */
function ourView(
  table: Table,
  message: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table.fields)) {
    const value = message[name] ?? defaultOf(spec);
    if (value === undefined) continue;
    if (spec.rule === "repeated")
      view[name] = (value as unknown[]).map((item) => elementView(spec, item));
    else if (spec.rule === "map")
      view[name] = Object.fromEntries(
        [...(value as Map<string, unknown>)].map(([key, item]) => [
          key,
          elementView(spec, item),
        ]),
      );
    else view[name] = elementView(spec, value);
  }
  return view;
}

function defaultOf({ rule, type }: FieldSpec): unknown {
  if (rule === "repeated") return [];
  if (rule === "map") return new Map();
  if (rule === "optional" || typeof type !== "string") return undefined;
  const zero = { string: "", bytes: new Uint8Array(), bool: false };
  if (type in zero) return zero[type as keyof typeof zero];
  return type.endsWith("64") ? 0n : 0;
}

function elementView({ type }: FieldSpec, value: unknown): unknown {
  if (typeof type !== "string")
    return ourView(type, value as Record<string, unknown>);
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return base64(value);
  return value;
}

function arbitraryMessage(
  table: Table,
): fc.Arbitrary<Record<string, undefined>> {
  const fields = Object.entries(table.fields).map(
    ([name, spec]) =>
      [name, arbitraryField(spec) as fc.Arbitrary<undefined>] as const,
  );
  // Its fields are one oneof, so at most one is set.
  if (table.name === "SessionOptionValue")
    return fc.oneof(
      fc.constant({}),
      ...fields.map(([name, field]) =>
        field.map((value) => ({ [name]: value })),
      ),
    );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

function arbitraryField({ rule, type }: FieldSpec): fc.Arbitrary<unknown> {
  const element =
    typeof type === "string" ? scalarArbitraries[type] : arbitraryMessage(type);
  switch (rule) {
    case "plain":
    case "optional":
      return element;
    case "repeated":
      return fc.array<unknown>(element, { maxLength: 5 });
    case "map":
      return fc
        .array(
          fc.tuple(
            text.filter((key) => key !== "__proto__"),
            element,
          ),
          { maxLength: 5 },
        )
        .map((entries) => new Map<string, unknown>(entries));
  }
}

const text = fc.string({ unit: "binary", maxLength: 50 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const scalarArbitraries = {
  string: text,
  bytes: fc.uint8Array({ maxLength: 200 }),
  bool: fc.boolean(),
  int32: fc.integer(),
  uint32: fc.nat({ max: 2 ** 32 - 1 }),
  // protobufjs leaves out numbers that an enum does not have.
  enum: fc.nat({ max: 2 }),
  int64,
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  sfixed64: int64,
  double: fc.double(),
} as const satisfies Record<string, fc.Arbitrary<unknown>>;
