import { POWER_MAX, powerHigh, powerLow } from "../power-of-ten.js";
import { POWERS, SLACK, WINDOW } from "./layout.js";
import { parserWasm } from "./parser-wasm.js";
import { Instance, Memory, Module, type WasmMemory } from "./webassembly.js";

/** What assembly/parser.ts exports. Positions are bytes from the start of its memory. */
interface Exports {
  readonly rows: { readonly value: number };
  heapBase(): number;
  setPowers(highs: number, lows: number): void;
  setColumns(at: number, count: number, lineStarts: number): void;
  setEnvelope(
    prefix: number,
    prefixLength: number,
    tail: number,
    tailLength: number,
  ): void;
  parse(at: number, end: number, rowsMax: number): number;
}

const pageBytes = 65_536;

/** The kernel with its memory: the tables of powers, the window of lines, and behind it what its user lays out. */
export class KernelMemory {
  readonly exports: Exports;
  /** Where the lines are put. */
  readonly window: number;
  /** Where the user's own memory begins; a multiple of 16. */
  readonly free: number;
  /** The whole memory; another object once it has grown. */
  bytes: Uint8Array;
  words: Int32Array;
  readonly #memory: WasmMemory;

  constructor() {
    this.#memory = new Memory({ initial: 4 });
    const module = new Module(Buffer.from(parserWasm, "base64"));
    const { exports } = new Instance(module, {
      env: { memory: this.#memory },
    });
    this.exports = exports as Exports;
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Int32Array(this.#memory.buffer);
    const powers = aligned(this.exports.heapBase());
    this.window = aligned(powers + this.#writePowers(powers));
    this.free = aligned(this.window + WINDOW + SLACK);
  }

  /** Makes room for so many bytes from `free` on. */
  reserve(count: number): void {
    const missing = this.free + count - this.bytes.length;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / pageBytes));
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Int32Array(this.#memory.buffer);
  }

  /** Both tables of ../power-of-ten.ts; gives the bytes they take. */
  #writePowers(at: number): number {
    const count = 2 * POWERS + 1;
    const tables = new Float64Array(this.#memory.buffer, at, 2 * count);
    for (let power = -POWER_MAX; power <= POWER_MAX; power++) {
      tables[power + POWERS] = powerHigh(power);
      tables[count + power + POWERS] = powerLow(power);
    }
    this.exports.setPowers(at, at + 8 * count);
    return 16 * count;
  }
}

/** The next multiple of 16. */
export function aligned(at: number): number {
  return (at + 15) & ~15;
}
