import { KernelMemory } from "./memory.js";
import { POWER_MAX, POWER_MIN, TABLES_BYTES } from "./writer-layout.js";
import { writerWasm } from "./writer-wasm.js";

/** What assembly/writer.ts exports. Positions are bytes from the start of its memory. */
interface Exports {
  readonly row: { readonly value: number };
  heapBase(): number;
  setTables(at: number): void;
  setColumns(at: number, count: number): void;
  setFrame(
    head: number,
    headLength: number,
    tail: number,
    tailLength: number,
  ): void;
  write(from: number, to: number, at: number, limit: number): number;
}

/** The writer with its memory: its tables, and behind them what its user lays out. */
export class WriterMemory extends KernelMemory<Exports> {
  /** Where the user's own memory begins; a multiple of 16. */
  readonly free: number;

  constructor() {
    super(writerWasm);
    this.free = this.start + TABLES_BYTES;
    this.reserve(this.free);
    const { buffer } = this.bytes;
    const count = POWER_MAX - POWER_MIN + 1;
    writePowers(new BigUint64Array(buffer, this.start, 2 * count));
    this.exports.setTables(this.start);
  }
}

/**
 * 10^POWER_MIN to 10^POWER_MAX, two words each, the low one first: scaled by the power of two that gives them
 * 128 bits, and rounded up.
 */
function writePowers(words: BigUint64Array): void {
  let ten = 1n;
  for (let power = 0; power <= POWER_MAX; power++, ten *= 10n) {
    const shift = shiftOf(power);
    put(words, power, shift >= 0n ? ten << shift : (ten >> -shift) + 1n);
    if (power > 0 && -power >= POWER_MIN)
      put(words, -power, (1n << shiftOf(-power)) / ten + 1n);
  }
}

/** 127 - floor(log2(10^power)). */
function shiftOf(power: number): bigint {
  return BigInt(127 - Math.floor(power * Math.log2(10)));
}

function put(words: BigUint64Array, power: number, scaled: bigint): void {
  const index = 2 * (power - POWER_MIN);
  words[index] = scaled;
  words[index + 1] = scaled >> 64n;
}
