import assert from "node:assert/strict";
import { describe, test } from "node:test";
import protobufjs from "protobufjs";
import * as flight from "./messages.js";
import type { FieldSpec } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import { byHand, fullName, root, tables } from "./published.test.js";
import { flightService } from "./service.js";
import * as info from "./sql-info.js";
import * as sql from "./sql-messages.js";

function* allTypes(
  namespace: protobufjs.NamespaceBase,
): Generator<protobufjs.Type> {
  for (const nested of namespace.nestedArray) {
    if (nested instanceof protobufjs.Type) yield nested;
    if (nested instanceof protobufjs.Namespace) yield* allTypes(nested);
  }
}

const arrow = root.lookup("arrow") as protobufjs.Namespace;
const published = [...allTypes(arrow)].map((type) => type.fullName.slice(1));

describe("tables agree with the published files", () => {
  test("every message has a table and every table a message", () => {
    const known = [...tables.keys(), ...byHand].filter((name) =>
      name.startsWith("arrow."),
    );
    assert.deepEqual(known.toSorted(), published.toSorted());
    assert.equal(published.length, 62);
  });

  for (const [name, table] of tables)
    test(name, () => {
      const type = root.lookupType(name);
      assert.deepEqual(
        Object.entries(table.fields).map(([field, spec]) =>
          describeSpec(field, spec),
        ),
        type.fieldsArray.toSorted((a, b) => a.id - b.id).map(describeField),
      );
    });

  const enums = [
    ...enumsOf(
      { DescriptorType: flight.DescriptorType },
      "arrow.flight.protocol",
    ),
    ...enumsOf(flight.actionEnums, "arrow.flight.protocol"),
    ...enumsOf(sql.sqlEnums, "arrow.flight.protocol.sql"),
    ...enumsOf(info, "arrow.flight.protocol.sql"),
  ];
  test("there are enums", () => {
    assert.equal(enums.length, 24);
  });
  for (const [name, values] of enums)
    test(`enum ${name}`, () => {
      assert.deepEqual({ ...values }, { ...root.lookupEnum(name).values });
    });

  test("Any is google.protobuf.Any", () => {
    const any = protobufjs.common.get("google/protobuf/any.proto")?.nested?.[
      "google"
    ];
    const { fields } = (
      any as { nested: { protobuf: { nested: { Any: protobufjs.IType } } } }
    ).nested.protobuf.nested.Any;
    assert.deepEqual(fields, {
      type_url: { type: "string", id: 1 },
      value: { type: "bytes", id: 2 },
    });
    assert.deepEqual(describeSpec("typeUrl", flight.Any.fields.typeUrl), {
      name: "typeUrl",
      number: 1,
      type: "string",
      rule: "plain",
    });
    assert.equal(flight.Any.fields.value.number, 2);
  });

  test("the service has every method", () => {
    const service = root.lookupService("arrow.flight.protocol.FlightService");
    const ours = Object.entries(flightService).map(([name, method]) => ({
      name,
      path: method.path,
      up: method.requestStream,
      down: method.responseStream,
    }));
    const theirs = service.methodsArray.map((method) => ({
      name: method.name,
      path: `/arrow.flight.protocol.FlightService/${method.name}`,
      up: method.requestStream ?? false,
      down: method.responseStream ?? false,
    }));
    assert.deepEqual(byName(ours), byName(theirs));
  });
});

function byName<T extends { readonly name: string }>(
  values: readonly T[],
): T[] {
  return values.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function enumsOf(exported: object, scope: string): [string, object][] {
  return Object.entries(exported)
    .filter((entry): entry is [string, object] => isEnum(entry[1]))
    .map(([name, values]) => [fullName(name, scope), values]);
}

function isEnum(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !(value instanceof MessageType) &&
    Object.values(value).every((item) => typeof item === "number")
  );
}

interface Described {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly rule: string;
}

function describeSpec(
  name: string,
  { number, type, rule }: FieldSpec,
): Described {
  return {
    name,
    number,
    type: typeof type === "string" ? type : type.name,
    rule,
  };
}

function describeField(field: protobufjs.Field): Described {
  const { resolvedType } = field;
  if (field instanceof protobufjs.MapField)
    assert.equal(field.keyType, "string");
  return {
    name: field.name,
    number: field.id,
    type:
      resolvedType instanceof protobufjs.Enum
        ? "enum"
        : (resolvedType?.name ?? field.type),
    rule: ruleOf(field),
  };
}

function ruleOf(field: protobufjs.Field): string {
  if (field.map) return "map";
  if (field.repeated) return "repeated";
  return field.partOf === null ? "plain" : "optional";
}
