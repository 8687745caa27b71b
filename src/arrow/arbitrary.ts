/*
 * Test support, imported by tests only: fast-check arbitraries of types, schemas, values and batches.
 */
import fc from "fast-check";
import { arbitraryName } from "./arbitrary-type.js";
import type { Batch } from "./batch.js";
import { halfFloat } from "./half-float.js";
import { batchOfValues, type UnionValue, type Value } from "./plain-values.js";
import type { DataType, Field, Schema } from "./schema.js";

export {
  arbitraryField,
  arbitrarySchema,
  arbitraryType,
  arbitraryWireSchema,
  arbitraryWireType,
} from "./arbitrary-type.js";

/**
 * A batch for a canonical schema. Values are those that the columnar format allows: decimals within
 * their precision, times within a day, dates in ms on whole days, no NULL where the field has none. Half
 * of the batches are rough (see `vectorOf`).
 */
export function arbitraryBatch(
  schema: Schema,
  { rowsMax = 20 }: { readonly rowsMax?: number } = {},
): fc.Arbitrary<Batch> {
  return fc
    .record({
      rows: fc.integer({ min: 0, max: rowsMax }),
      rough: fc.boolean(),
    })
    .chain(({ rows, rough }) =>
      fc
        .tuple(
          ...schema.fields.map((field) =>
            fc.array(arbitraryValue(field), {
              minLength: rows,
              maxLength: rows,
            }),
          ),
        )
        .map((columns) => batchOfValues(schema, columns, rough)),
    );
}

/** A value of a field, NULL included when the field is nullable. */
export function arbitraryValue({ type, nullable }: Field): fc.Arbitrary<Value> {
  const present = presentValue(type);
  if (!nullable || type.type === "union") return present;
  return fc.option(present, { nil: null, freq: 3 });
}

function signed(bits: number): fc.Arbitrary<bigint> {
  const half = 2n ** BigInt(bits - 1);
  return fc.bigInt({ min: -half, max: half - 1n });
}

const perDay = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n };

function presentValue(type: DataType): fc.Arbitrary<Value> {
  switch (type.type) {
    case "null":
      return fc.constant(null);
    case "bool":
      return fc.boolean();
    case "int":
      if (type.signed) return signed(type.bits);
      return fc.bigInt({ min: 0n, max: 2n ** BigInt(type.bits) - 1n });
    case "float":
      if (type.bits === 64) return fc.double();
      if (type.bits === 32) return fc.float();
      return fc.integer({ min: 0, max: 0xffff }).map(halfFloat);
    case "decimal": {
      const max = 10n ** BigInt(type.precision) - 1n;
      return fc.bigInt({ min: -max, max });
    }
    case "utf8":
      return fc.oneof(
        arbitraryName,
        fc.string({ unit: "binary", maxLength: 60 }),
      );
    case "binary":
      return fc.uint8Array({ maxLength: 20 });
    case "fixed_size_binary":
      return fc.uint8Array({ minLength: type.width, maxLength: type.width });
    case "date":
      if (type.unit === "day") return signed(32);
      return fc
        .bigInt({ min: -(2n ** 63n) / 86_400_000n, max: 2n ** 36n })
        .map((day) => day * 86_400_000n);
    case "time":
      return fc.bigInt({ min: 0n, max: 86_400n * perDay[type.unit] - 1n });
    case "timestamp":
    case "duration":
      return fc.oneof(signed(64), signed(40));
    case "interval":
      return {
        year_month: fc.tuple(signed(32)),
        day_time: fc.tuple(signed(32), signed(32)),
        month_day_nano: fc.tuple(signed(32), signed(32), signed(64)),
      }[type.unit];
    case "list":
      return fc.array(arbitraryValue(type.item), { maxLength: 4 });
    case "fixed_size_list":
      return fc.array(arbitraryValue(type.item), {
        minLength: type.size,
        maxLength: type.size,
      });
    case "struct":
      return fc.tuple(...type.fields.map(arbitraryValue));
    case "map":
      return mapValue(type.entries.type);
    case "union":
      return fc.oneof(
        ...type.fields.map((field, k) =>
          arbitraryValue(field).map((value): UnionValue => {
            return { typeId: type.typeIds[k] ?? 0, value };
          }),
        ),
      );
    case "dictionary":
    case "run_end_encoded":
      throw new Error(`${type.type} is not canonical`);
  }
}

/** Keys that are texts are unique, as those of a JSON object are. */
function mapValue(entries: DataType): fc.Arbitrary<Value> {
  const pairs = presentValue(entries) as fc.Arbitrary<readonly Value[]>;
  return fc.uniqueArray(pairs, {
    maxLength: 3,
    selector: ([key]) => key,
    comparator: (a, b) => typeof a === "string" && a === b,
  });
}
