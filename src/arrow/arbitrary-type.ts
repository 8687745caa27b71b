/*
 * Test support, imported by tests only: fast-check arbitraries of names, types and schemas.
 */
import fc from "fast-check";
import type { DataType, Field, IntType, Schema } from "./schema.js";

/** fast-check's records have no prototype, which strict equality would notice. */
function plain<T extends object>(record: T): T {
  return { ...record };
}

const units = fc.constantFrom("s", "ms", "us", "ns");

/** Any text: of any code points, or of those that some syntax treats as its own. */
export const arbitraryName: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom(...Array.from("ab\"\\<>:, []=/\0\n'é𝄞")),
    maxLength: 6,
  }),
);

const integer: fc.Arbitrary<IntType> = fc
  .record({
    type: fc.constant("int" as const),
    bits: fc.constantFrom(8 as const, 16 as const, 32 as const, 64 as const),
    signed: fc.boolean(),
  })
  .map(plain);

const decimal: fc.Arbitrary<DataType> = fc
  .constantFrom(
    { bits: 32, digits: 9 } as const,
    { bits: 64, digits: 18 } as const,
    { bits: 128, digits: 38 } as const,
    { bits: 256, digits: 76 } as const,
  )
  .chain(({ bits, digits }) =>
    fc.record({
      type: fc.constant("decimal"),
      bits: fc.constant(bits),
      precision: fc.integer({ min: 1, max: digits }),
      scale: fc.integer({ min: -5, max: digits }),
    }),
  );

const timestamp: fc.Arbitrary<DataType> = fc.record(
  {
    type: fc.constant("timestamp"),
    unit: units,
    timezone: fc.constantFrom("UTC", "Europe/Berlin", "+05:30"),
  },
  { requiredKeys: ["type", "unit"] },
);

/** Types without children, canonical. */
const leaf: fc.Arbitrary<DataType> = fc
  .oneof(
    fc.record({ type: fc.constantFrom("null", "bool") }),
    integer,
    fc.record({
      type: fc.constant("float"),
      bits: fc.constantFrom(16, 32, 64),
    }),
    decimal,
    fc.record({
      type: fc.constantFrom("utf8", "binary"),
      addressing: fc.constant("offset32"),
    }),
    fc.record({
      type: fc.constant("fixed_size_binary"),
      width: fc.integer({ min: 0, max: 20 }),
    }),
    fc.record({
      type: fc.constant("date"),
      unit: fc.constantFrom("day", "ms"),
    }),
    fc.record({ type: fc.constantFrom("time", "duration"), unit: units }),
    timestamp,
    fc.record({
      type: fc.constant("interval"),
      unit: fc.constantFrom("year_month", "day_time", "month_day_nano"),
    }),
  )
  .map(plain);

/** Types that only the wire has, without those that have children. */
const wireLeaf: fc.Arbitrary<DataType> = fc
  .oneof(
    leaf,
    fc.record({
      type: fc.constantFrom("utf8", "binary"),
      addressing: fc.constantFrom("offset64", "view"),
    }),
  )
  .map(plain);

const metadata = fc.option(
  fc
    .array(fc.tuple(arbitraryName, arbitraryName), {
      minLength: 1,
      maxLength: 3,
    })
    .map((pairs) => new Map(pairs)),
  { nil: undefined, freq: 5 },
);

function fieldsOf(
  type: fc.Arbitrary<DataType>,
  minLength: number,
  maxLength: number,
): fc.Arbitrary<Field[]> {
  return fc.uniqueArray(fieldOf(type), {
    minLength,
    maxLength,
    selector: ({ name }) => name,
  });
}

function fieldOf(type: fc.Arbitrary<DataType>): fc.Arbitrary<Field> {
  return fc
    .record({
      name: arbitraryName,
      type,
      nullable: fc.boolean(),
      metadata,
    })
    .map(({ metadata, ...field }) => ({
      ...field,
      nullable: field.nullable || field.type.type === "null",
      ...(metadata === undefined ? {} : { metadata }),
    }));
}

/** Types with children of type `inner`. @param key what a map's keys may be. */
function nested(
  inner: fc.Arbitrary<DataType>,
  key: fc.Arbitrary<DataType>,
): readonly [fc.Arbitrary<DataType>, ...fc.Arbitrary<DataType>[]] {
  const map = fc
    .record({ key, value: fieldOf(inner), keysSorted: fc.boolean() })
    .map(({ key, value, keysSorted }): DataType => {
      const fields = [
        { name: "key", type: key, nullable: false },
        { ...value, name: "value" },
      ];
      const type: DataType = { type: "struct", fields };
      const entries = { name: "entries", type, nullable: false };
      return { type: "map", entries, keysSorted };
    });
  const union = fc
    .record({
      mode: fc.constantFrom("dense", "sparse"),
      fields: fieldsOf(inner, 1, 3),
      first: fc.integer({ min: 0, max: 110 }),
      step: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ mode, fields, first, step }): DataType => {
      const typeIds = fields.map((_, i) => first + i * step);
      return { type: "union", mode, typeIds, fields };
    });
  return [
    fc.record({
      type: fc.constant("list"),
      addressing: fc.constant("offset32"),
      item: fieldOf(inner),
    }),
    fc.record({
      type: fc.constant("fixed_size_list"),
      size: fc.integer({ min: 0, max: 3 }),
      item: fieldOf(inner),
    }),
    fc.record({ type: fc.constant("struct"), fields: fieldsOf(inner, 0, 3) }),
    map,
    union,
  ];
}

const notNull = (type: DataType): boolean => type.type !== "null";

/** Every canonical type, nested up to three levels. */
export const arbitraryType: fc.Arbitrary<DataType> = fc.letrec<{
  type: DataType;
}>((tie) => ({
  type: fc
    .oneof(
      { maxDepth: 3, depthIdentifier: "type" },
      { arbitrary: leaf, weight: 4 },
      ...nested(
        tie("type"),
        fc.oneof(
          fc.constant<DataType>({ type: "utf8", addressing: "offset32" }),
          leaf.filter(notNull),
        ),
      ).map((arbitrary) => ({ arbitrary, weight: 1 })),
    )
    .map(plain),
})).type;

/**
 * Every type that the wire has: also views, 64-bit offsets, list views, dictionaries and runs. Ids of
 * dictionaries are not unique, so these are for schemas only.
 */
export const arbitraryWireType: fc.Arbitrary<DataType> = fc.letrec<{
  type: DataType;
}>((tie) => ({
  type: fc
    .oneof(
      { maxDepth: 3, depthIdentifier: "wireType" },
      { arbitrary: wireLeaf, weight: 4 },
      ...[
        ...nested(tie("type"), wireLeaf.filter(notNull)),
        fc.record({
          type: fc.constant("list" as const),
          addressing: fc.constantFrom("offset64", "view", "view64"),
          item: fieldOf(tie("type")),
        }),
        fc.record({
          type: fc.constant("dictionary" as const),
          id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
          index: integer,
          value: tie("type").filter(({ type }) => type !== "dictionary"),
          ordered: fc.boolean(),
        }),
        fc.record({
          type: fc.constant("run_end_encoded" as const),
          runEnds: fc
            .constantFrom(16 as const, 32 as const, 64 as const)
            .map((bits): Field => ({
              name: "run_ends",
              type: { type: "int", bits, signed: true },
              nullable: false,
            })),
          values: fieldOf(tie("type")),
        }),
      ].map((arbitrary) => ({ arbitrary, weight: 1 })),
    )
    .map(plain),
})).type;

/** A field of a canonical type. */
export const arbitraryField: fc.Arbitrary<Field> = fieldOf(arbitraryType);

/** A canonical schema of one to five fields with different names; so have structs and unions in it. */
export const arbitrarySchema: fc.Arbitrary<Schema> = schemaOf(arbitraryType);

/** A schema as the wire may have it. */
export const arbitraryWireSchema: fc.Arbitrary<Schema> =
  schemaOf(arbitraryWireType);

function schemaOf(type: fc.Arbitrary<DataType>): fc.Arbitrary<Schema> {
  return fc
    .record({ fields: fieldsOf(type, 1, 5), metadata })
    .map(({ fields, metadata }) =>
      metadata === undefined ? { fields } : { fields, metadata },
    );
}
