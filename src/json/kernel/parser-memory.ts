import { POWER_MAX, powerHigh, powerLow } from "../power-of-ten.js";
import { POWERS, SLACK, WINDOW } from "./layout.js";
import { aligned, KernelMemory } from "./memory.js";
import { parserWasm } from "./parser-wasm.js";

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

/** The parser with its memory: the tables of powers, the window of lines, and behind it what its user lays out. */
export class ParserMemory extends KernelMemory<Exports> {
  /** Where the lines are put. */
  readonly window: number;
  /** Where the user's own memory begins; a multiple of 16. */
  readonly free: number;

  constructor() {
    super(parserWasm);
    this.window = aligned(this.start + this.#writePowers(this.start));
    this.free = aligned(this.window + WINDOW + SLACK);
  }

  /** Both tables of ../power-of-ten.ts; gives the bytes they take. */
  #writePowers(at: number): number {
    const count = 2 * POWERS + 1;
    const tables = new Float64Array(this.bytes.buffer, at, 2 * count);
    for (let power = -POWER_MAX; power <= POWER_MAX; power++) {
      tables[power + POWERS] = powerHigh(power);
      tables[count + power + POWERS] = powerLow(power);
    }
    this.exports.setPowers(at, at + 8 * count);
    return 16 * count;
  }
}
