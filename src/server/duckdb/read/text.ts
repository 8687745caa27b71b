import { bitAt } from "../../../arrow/bits.js";
import { utf8 } from "../../../arrow/schema.js";
import type { BytesVector } from "../../../arrow/vector.js";
import type { DuckDB } from "../binding.js";
import { bytesReader } from "./bytes.js";
import { allocate, rawData, readValidity } from "./source.js";
import type { ColumnReader, Source } from "./source.js";

/** A UUID is a signed 128-bit number whose first bit is flipped so that it sorts as its text does. */
export function uuidReader(duckdb: DuckDB): ColumnReader {
  return slotReader(duckdb, 16, (slots, i) => {
    const high = BigInt.asUintN(64, slots.getBigInt64(i * 16 + 8, true));
    const top = (high ^ (1n << 63n)).toString(16).padStart(16, "0");
    const low = slots
      .getBigUint64(i * 16, true)
      .toString(16)
      .padStart(16, "0");
    return `${top.slice(0, 8)}-${top.slice(8, 12)}-${top.slice(12)}-${low.slice(0, 4)}-${low.slice(4)}`;
  });
}

/** 40 bits of microseconds, then 24 bits of the offset, inverted: 57,599 seconds minus it. */
export function timeTzReader(duckdb: DuckDB): ColumnReader {
  return slotReader(duckdb, 8, (slots, i) => {
    const bits = slots.getBigUint64(i * 8, true);
    return (
      timeText(Number(bits >> 24n)) +
      offsetText(57_599 - Number(bits & 0xffffffn))
    );
  });
}

/** As DuckDB prints it: no fraction when there is none, else without trailing zeros. */
function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const fraction = micros % 1_000_000;
  const clock = [
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const text = clock.map(twoDigits).join(":");
  if (fraction === 0) return text;
  return `${text}.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
}

function offsetText(offset: number): string {
  const seconds = Math.abs(offset);
  const minutes = Math.floor(seconds / 60) % 60;
  let text = (offset < 0 ? "-" : "+") + twoDigits(Math.floor(seconds / 3600));
  if (minutes !== 0 || seconds % 60 !== 0) text += `:${twoDigits(minutes)}`;
  if (seconds % 60 !== 0) text += `:${twoDigits(seconds % 60)}`;
  return text;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

/** ENUM slots are positions in its values: 1, 2 or 4 bytes, as many as the values need. */
export function enumReader(
  duckdb: DuckDB,
  values: readonly string[],
): ColumnReader {
  const texts = values.map((value) => Buffer.from(value));
  if (values.length <= 0xff)
    return slotReader(duckdb, 1, (slots, i) => texts[slots.getUint8(i)]);
  if (values.length <= 0xffff)
    return slotReader(
      duckdb,
      2,
      (slots, i) => texts[slots.getUint16(i * 2, true)],
    );
  return slotReader(
    duckdb,
    4,
    (slots, i) => texts[slots.getUint32(i * 4, true)],
  );
}

/** Reader of slots of one size that become text. @param text of slot i; called for values only, not for NULLs. */
function slotReader(
  duckdb: DuckDB,
  width: number,
  text: (slots: DataView, i: number) => string | Uint8Array | undefined,
): ColumnReader {
  return {
    type: utf8,
    open: (source) => {
      const validity = readValidity(duckdb, source);
      const texts: Uint8Array[] = [];
      let row = 0;
      for (const { vector, start, end } of source.pieces) {
        const slots = rawData(duckdb, vector, end, width);
        const view = new DataView(slots.buffer, slots.byteOffset);
        for (let i = start; i < end; i++, row++)
          if (validity === undefined || bitAt(validity, row))
            texts.push(bytesOf(text(view, i)));
          else texts.push(nothing);
      }
      return openTexts(texts, validity);
    },
  };
}

const nothing = new Uint8Array(0);

function bytesOf(text: string | Uint8Array | undefined): Uint8Array {
  return typeof text === "string" ? Buffer.from(text) : (text ?? nothing);
}

function openTexts(
  texts: readonly Uint8Array[],
  validity: Uint8Array | undefined,
) {
  const offsets = new Int32Array(texts.length + 1);
  let total = 0;
  texts.forEach((text, i) => {
    total += text.byteLength;
    offsets[i + 1] = total;
  });
  return {
    byteLength: total + offsets.byteLength,
    read: (): BytesVector => {
      const data = allocate(total);
      texts.forEach((text, i) => {
        data.set(text, offsets[i]);
      });
      return {
        layout: "bytes",
        type: utf8,
        length: texts.length,
        validity,
        offsets,
        data,
      };
    },
  };
}

/** BIT: a byte that counts the unused bits at the front of the second, then the bits, highest first. */
export function bitReader(duckdb: DuckDB, where: string): ColumnReader {
  return storedTextReader(duckdb, where, (bytes) => {
    const unused = bytes[0] ?? 0;
    let text = "";
    for (const byte of bytes.subarray(1))
      text += byte.toString(2).padStart(8, "0");
    return text.slice(unused);
  });
}

/** BIGNUM: three bytes of sign and length, then the magnitude, highest byte first; all inverted when negative. */
export function bignumReader(duckdb: DuckDB, where: string): ColumnReader {
  return storedTextReader(duckdb, where, (bytes) => {
    const negative = ((bytes[0] ?? 0) & 0x80) === 0;
    const digits = bytes.slice(3);
    if (negative)
      for (let i = 0; i < digits.length; i++)
        digits[i] = ~(digits[i] as number);
    const hex = Buffer.from(digits).toString("hex");
    const text = BigInt(`0x${hex === "" ? "0" : hex}`).toString();
    return negative ? `-${text}` : text;
  });
}

/** Reader of values that lie in the string heap in a form of their own. */
function storedTextReader(
  duckdb: DuckDB,
  where: string,
  text: (bytes: Uint8Array) => string,
): ColumnReader {
  const stored = bytesReader(duckdb, utf8, where);
  return {
    type: utf8,
    open: (source: Source) => {
      const vector = stored.open(source).read() as BytesVector;
      const texts = Array.from({ length: vector.length }, (_, i) => {
        const start = vector.offsets[i] as number;
        const end = vector.offsets[i + 1] as number;
        return start === end
          ? nothing
          : Buffer.from(text(vector.data.subarray(start, end)));
      });
      return openTexts(texts, vector.validity);
    },
  };
}
