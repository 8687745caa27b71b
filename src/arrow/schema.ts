/**
 * Arrow's type system as plain data: every type that the columnar format 1.5 has
 * (https://arrow.apache.org/docs/format/Columnar.html, Schema.fbs). apache-arrow's classes lack run-end
 * encoded and list-view types and cost 80 ms to import, so only `record-batch.ts` knows them.
 */
export type TimeUnit = "s" | "ms" | "us" | "ns";

/** How variable-size values are addressed: 32- or 64-bit offsets, or views. */
export type Addressing = "offset32" | "offset64" | "view";

export interface IntType {
  readonly type: "int";
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

export type DataType =
  | { readonly type: "null" }
  | { readonly type: "bool" }
  | IntType
  | { readonly type: "float"; readonly bits: 16 | 32 | 64 }
  | {
      readonly type: "decimal";
      readonly bits: 32 | 64 | 128 | 256;
      readonly precision: number;
      readonly scale: number;
    }
  | { readonly type: "utf8"; readonly addressing: Addressing }
  | { readonly type: "binary"; readonly addressing: Addressing }
  | { readonly type: "fixed_size_binary"; readonly width: number }
  | { readonly type: "date"; readonly unit: "day" | "ms" }
  /** Bits follow from the unit: 32 for s and ms, 64 for us and ns. */
  | { readonly type: "time"; readonly unit: TimeUnit }
  /** Without a timezone the value is a wall clock; with one it is an instant, stored in UTC. */
  | {
      readonly type: "timestamp";
      readonly unit: TimeUnit;
      readonly timezone?: string;
    }
  | { readonly type: "duration"; readonly unit: TimeUnit }
  | {
      readonly type: "interval";
      readonly unit: "year_month" | "day_time" | "month_day_nano";
    }
  | {
      readonly type: "list";
      readonly addressing: Addressing | "view64";
      readonly item: Field;
    }
  | {
      readonly type: "fixed_size_list";
      readonly size: number;
      readonly item: Field;
    }
  | { readonly type: "struct"; readonly fields: readonly Field[] }
  /** `entries` is a non-null struct of key and value. */
  | {
      readonly type: "map";
      readonly entries: Field;
      readonly keysSorted: boolean;
    }
  | {
      readonly type: "union";
      readonly mode: "dense" | "sparse";
      readonly typeIds: readonly number[];
      readonly fields: readonly Field[];
    }
  | {
      readonly type: "dictionary";
      readonly id: bigint;
      readonly index: IntType;
      readonly value: DataType;
      readonly ordered: boolean;
    }
  | {
      readonly type: "run_end_encoded";
      readonly runEnds: Field;
      readonly values: Field;
    };

export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  readonly metadata?: ReadonlyMap<string, string>;
}

export interface Schema {
  readonly fields: readonly Field[];
  readonly metadata?: ReadonlyMap<string, string>;
}

export function field(name: string, type: DataType, nullable = true): Field {
  return { name, type, nullable };
}

/** The types that most code makes by hand. */
export const int8: DataType = { type: "int", bits: 8, signed: true };
export const int16: DataType = { type: "int", bits: 16, signed: true };
export const int32: DataType = { type: "int", bits: 32, signed: true };
export const int64: DataType = { type: "int", bits: 64, signed: true };
export const uint8: DataType = { type: "int", bits: 8, signed: false };
export const uint16: DataType = { type: "int", bits: 16, signed: false };
export const uint32: DataType = { type: "int", bits: 32, signed: false };
export const uint64: DataType = { type: "int", bits: 64, signed: false };
export const float32: DataType = { type: "float", bits: 32 };
export const float64: DataType = { type: "float", bits: 64 };
export const bool: DataType = { type: "bool" };
export const utf8: DataType = { type: "utf8", addressing: "offset32" };
export const binary: DataType = { type: "binary", addressing: "offset32" };
