import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { float32, float64, type DataType } from "../../arrow/schema.js";
import {
  assertTwins,
  bitsColumn,
  column,
  isAllKernel,
} from "./writer-twins.js";

/** Random 64-bit words, always the same ones. */
function* random(): Generator<bigint, never, undefined> {
  let seed = 1n;
  for (;;) {
    seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    yield seed ^ (seed >> 29n);
  }
}

function randomBytes(count: number): Uint8Array {
  const words = new BigUint64Array(count / 8);
  const source = random();
  for (let index = 0; index < words.length; index++)
    words[index] = source.next().value;
  return new Uint8Array(words.buffer);
}

const units = ["s", "ms", "us", "ns"] as const;
const naive = (unit: (typeof units)[number]): DataType => ({
  type: "timestamp",
  unit,
});

const date: DataType = { type: "date", unit: "day" };

// Before any other date has left its trace in the kernel's memory.
test("the first date may be the smallest day", () => {
  assertTwins(column(date, [-(2n ** 31n), 0n, 1n, 2n ** 31n - 1n]));
});

test("every day around leap years, eras, and years of four digits is the same for both", () => {
  const days = [-720_000, -135_200, 10_500, 47_400, 2_932_000, -1].flatMap(
    (start) => Array.from({ length: 1600 }, (_, day) => BigInt(start + day)),
  );
  assertTwins(column(date, days));
  const midnights = days.map((day) => day * 86_400n);
  assertTwins(column(naive("s"), midnights));
  assertTwins(
    column(
      naive("s"),
      [...midnights, ...midnights].map((s) => s - 1n),
    ),
  );
});

test("the bounds of a day are the same for both", () => {
  for (const unit of units) {
    const day =
      86_400n * { s: 1n, ms: 1000n, us: 1_000_000n, ns: 1_000_000_000n }[unit];
    for (const value of [-1n, 0n, day - 1n, day, day + 1n])
      assertTwins(column({ type: "time", unit }, [value]));
  }
});

/** One type of every kind that the kernel knows, bytes per value where any bits are a value or refused. */
const flatTypes: readonly (readonly [DataType, number])[] = [
  ...([8, 16, 32, 64] as const).flatMap(
    (bits): (readonly [DataType, number])[] => [
      [{ type: "int", bits, signed: true }, bits / 8],
      [{ type: "int", bits, signed: false }, bits / 8],
    ],
  ),
  ...([16, 32, 64] as const).map(
    (bits) => [{ type: "float", bits }, bits / 8] as const,
  ),
  ...([32, 64, 128, 256] as const).flatMap((bits) =>
    [-40, -5, 0, 1, 4, 9, 18, 19, 20, 38, 76, 90].map(
      (scale) =>
        [{ type: "decimal", bits, precision: 9, scale }, bits / 8] as const,
    ),
  ),
  ...units.flatMap((unit): (readonly [DataType, number])[] => [
    [naive(unit), 8],
    [{ type: "timestamp", unit, timezone: "UTC" }, 8],
    [{ type: "duration", unit }, 8],
    [{ type: "time", unit }, unit === "s" || unit === "ms" ? 4 : 8],
  ]),
  [{ type: "date", unit: "day" }, 4],
  [{ type: "date", unit: "ms" }, 8],
  [{ type: "interval", unit: "year_month" }, 4],
  [{ type: "interval", unit: "day_time" }, 8],
  [{ type: "interval", unit: "month_day_nano" }, 16],
  ...[0, 1, 2, 3, 16, 17].map(
    (width) => [{ type: "fixed_size_binary", width }, width] as const,
  ),
];

/** Both ends of a width, what is next to zero and to every power of two, and many random ones. */
function extremeBytes(width: number): Uint8Array {
  const bits = BigInt(8 * width);
  const values: bigint[] = [];
  for (let power = 0n; power <= bits; power++)
    for (const step of [-1n, 0n, 1n]) {
      values.push(2n ** power + step, -(2n ** power) + step);
    }
  for (let power = 0n; 10n ** power < 2n ** bits; power++)
    for (const step of [-1n, 0n, 1n]) {
      values.push(10n ** power + step, -(10n ** power) + step);
    }
  const bytes = new Uint8Array(width * values.length);
  values.forEach((value, index) => {
    let rest = BigInt.asUintN(Number(bits), value);
    for (let place = 0; place < width; place++) {
      bytes[width * index + place] = Number(rest & 255n);
      rest >>= 8n;
    }
  });
  return Buffer.concat([bytes, randomBytes(8 * width * 64)]);
}

test("any bits of every flat type are the same text or the same failure for both", () => {
  for (const [type, width] of flatTypes) {
    if (width === 0) {
      assertTwins(column(type, [new Uint8Array(0), null]));
      continue;
    }
    const bytes = extremeBytes(width);
    for (const nonFinite of ["string", "null"] as const)
      assertTwins(bitsColumn(type, width, bytes), { nonFinite });
    // What fails ends the batch: one row at a time.
    if (!["float", "time", "date"].includes(type.type)) continue;
    for (let at = 0; at < bytes.length; at += width)
      assertTwins(bitsColumn(type, width, bytes.subarray(at, at + width)), {
        nonFinite: "fail",
      });
  }
});

test("every flat type is the kernel's own work", () => {
  const types = flatTypes.filter(([{ type }]) => type !== "time");
  for (const [type, width] of types) {
    if (type.type === "date" && type.unit === "ms") continue;
    const bytes = width === 0 ? new Uint8Array(0) : extremeBytes(width);
    if (width > 0) assert.ok(isAllKernel(bitsColumn(type, width, bytes)));
  }
  assert.ok(
    isAllKernel(
      column({ type: "time", unit: "ns" }, [0n, 86_400_000_000_000n, null]),
    ),
  );
  assert.ok(isAllKernel(column({ type: "date", unit: "ms" }, [86_400_000n])));
  assert.ok(isAllKernel(column({ type: "null" }, [null, null])));
});

describe("floats are the same text for both:", () => {
  test("every float16", () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    const bytes = new Uint8Array(bits.buffer);
    assertTwins(bitsColumn({ type: "float", bits: 16 }, 2, bytes));
  });

  test("float32 of any bits, and every power of two", () => {
    const powers = Uint32Array.from({ length: 512 }, (_, index) => index << 23);
    const bytes = [new Uint8Array(powers.buffer), randomBytes(200_000)];
    assertTwins(bitsColumn(float32, 4, Buffer.concat(bytes)));
  });

  test("float64 of any bits, of few digits, and next to powers of two and ten", () => {
    const doubles: number[] = [0, -0, 5e-324, 2.2250738585072014e-308];
    for (let power = -1074; power < 1024; power++) doubles.push(2 ** power);
    for (let power = -330; power < 309; power++)
      doubles.push(Number(`1e${String(power)}`));
    for (const digits of [
      "1",
      "12345",
      "9007199254740993",
      "99999999999999999",
    ])
      for (let power = -30; power < 30; power++)
        doubles.push(Number(`${digits}e${String(power)}`));
    const bits = new BigUint64Array(Float64Array.from(doubles).buffer);
    const near = [...bits].flatMap((bit) => [bit - 1n, bit, bit + 1n]);
    const source = random();
    for (let index = 0; index < 30_000; index++) {
      const word = source.next().value;
      near.push(word, bitsOf(Number(word >> 11n) / 2 ** 40));
      near.push(bitsOf(Number(word >> 40n) / 1000));
    }
    const words = BigUint64Array.from(near, (bit) => BigInt.asUintN(64, bit));
    assertTwins(bitsColumn(float64, 8, new Uint8Array(words.buffer)));
  });
});

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
