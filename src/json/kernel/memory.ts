import { Instance, Memory, Module, type WasmMemory } from "./webassembly.js";

const pageBytes = 65_536;

/** What every kernel exports: where the memory begins that it does not use itself. */
interface HasHeapBase {
  heapBase(): number;
}

/** A kernel of assembly/ with its memory. */
export class KernelMemory<Exports extends HasHeapBase> {
  readonly exports: Exports;
  /** The first byte that is the user's; a multiple of 16. */
  readonly start: number;
  /** The whole memory; another object once it has grown. */
  bytes: Uint8Array;
  words: Int32Array;
  readonly #memory: WasmMemory;

  /** @param wasm base64 of the module. */
  constructor(wasm: string) {
    this.#memory = new Memory({ initial: 4 });
    const module = new Module(Buffer.from(wasm, "base64"));
    const { exports } = new Instance(module, {
      env: { memory: this.#memory },
    });
    this.exports = exports as Exports;
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Int32Array(this.#memory.buffer);
    this.start = aligned(this.exports.heapBase());
  }

  /** Makes the memory so long. */
  reserve(end: number): void {
    const missing = end - this.bytes.length;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / pageBytes));
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.words = new Int32Array(this.#memory.buffer);
  }
}

/** Hands out memory from a position on. */
export class Plan {
  end: number;

  constructor(start: number) {
    this.end = start;
  }

  /** A multiple of 16 with so many bytes behind it. */
  take(count: number): number {
    const at = this.end;
    this.end = aligned(at + count);
    return at;
  }
}

/** The next multiple of 16. */
export function aligned(at: number): number {
  return (at + 15) & ~15;
}

/** Whether the kernels are used at all; what they do, the TypeScript around them does too. */
export function kernelIsOn(): boolean {
  return process.env["FLIGHTSYNC_KERNEL"] !== "off";
}
