/** "00" to "99", two ASCII bytes each, the tens in the low byte. */
const pairs = new Uint16Array(100);
/** "0000" to "9999", four ASCII bytes each, the thousands in the low byte. */
const quads = new Int32Array(10_000);
for (let value = 0; value < 100; value++)
  pairs[value] = (48 + Math.trunc(value / 10)) | ((48 + (value % 10)) << 8);
for (let value = 0; value < 10_000; value++)
  quads[value] =
    (pairs[Math.trunc(value / 100)] as number) |
    ((pairs[value % 100] as number) << 16);

// The functions of this file may touch three bytes behind the position that they return.

/** Writes an integer from 0 to 2^53; returns the position behind it. */
export function writeUint(view: DataView, at: number, value: number): number {
  if (value < 10_000) return writeShortUint(view, at, value | 0);
  if (value < 100_000_000) {
    const high = ((value | 0) / 10_000) | 0;
    at = writeShortUint(view, at, high);
    view.setInt32(at, quads[(value | 0) - high * 10_000] as number, true);
    return at + 4;
  }
  const high = Math.floor(value / 100_000_000);
  return writeEight(view, writeUint(view, at, high), value - high * 1e8);
}

/** Writes 0 to 9,999. Branches on the number of digits are cheaper than positions that depend on it. */
function writeShortUint(view: DataView, at: number, value: number): number {
  const quad = quads[value] as number;
  if (value < 10) {
    view.setUint8(at, 48 + value);
    return at + 1;
  }
  if (value < 100) {
    view.setInt32(at, quad >>> 16, true);
    return at + 2;
  }
  if (value < 1000) {
    view.setInt32(at, quad >>> 8, true);
    return at + 3;
  }
  view.setInt32(at, quad, true);
  return at + 4;
}

/** Writes an integer of at most 2^53 in size; returns the position behind it. */
export function writeInt(view: DataView, at: number, value: number): number {
  if (value < 0) {
    view.setUint8(at, 45);
    return writeUint(view, at + 1, -value);
  }
  return writeUint(view, at, value);
}

/** Writes 0 to 99 as two digits and another character; up to one byte behind these is overwritten. */
export function writePairAnd(
  view: DataView,
  at: number,
  value: number,
  character: number,
): void {
  view.setInt32(at, (pairs[value] as number) | (character << 16), true);
}

/** Two digits as their two bytes, the tens in the low one. */
export function pairOf(value: number): number {
  return pairs[value] as number;
}

/** Writes 0 to 99,999,999 as eight digits; returns the position behind them. */
export function writeEight(view: DataView, at: number, value: number): number {
  const high = ((value | 0) / 10_000) | 0;
  view.setInt32(at, quads[high] as number, true);
  view.setInt32(at + 4, quads[(value | 0) - high * 10_000] as number, true);
  return at + 8;
}

/** Writes an integer below 10^count with leading zeros, `count` from 1 to 16; returns the position behind it. */
export function writePadded(
  view: DataView,
  at: number,
  value: number,
  count: number,
): number {
  if (count > 8) {
    const high = Math.floor(value / 100_000_000);
    at = writePadded(view, at, high, count - 8);
    return writeEight(view, at, value - high * 1e8);
  }
  const whole = value | 0;
  if (count > 4) {
    const high = (whole / 10_000) | 0;
    view.setInt32(at, (quads[high] as number) >>> (64 - 8 * count), true);
    view.setInt32(at + count - 4, quads[whole - high * 10_000] as number, true);
  } else {
    view.setInt32(at, (quads[whole] as number) >>> (32 - 8 * count), true);
  }
  return at + count;
}
