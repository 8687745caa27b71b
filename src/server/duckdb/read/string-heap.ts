/** Pages are at least this large, so two addresses nearer than this have no unmapped page between them. */
const pageBytes = 4096;
/** One fetch copies at most about so much, or one string. */
const runBytesMax = 1 << 20;

/** Fetches a copy of `length` bytes from the address in slot `slot`. */
type Fetch = (slot: number, length: number) => Uint8Array;

/**
 * The long strings of one vector. A call of the binding per string would cost more than all else, and their
 * texts mostly lie side by side: so addresses that are near each other are fetched in one run. A run ends
 * with its last string; what lies between its strings is never looked at.
 */
export class StringHeap {
  readonly #slots: Int32Array;
  readonly #addresses: Float64Array;
  readonly #lengths: Float64Array;
  readonly #targets: Int32Array;
  #count = 0;
  /** Whether the addresses so far never fell, and never rose. */
  #ascending = true;
  #descending = true;

  constructor(capacity: number) {
    this.#slots = new Int32Array(capacity);
    this.#addresses = new Float64Array(capacity);
    this.#lengths = new Float64Array(capacity);
    this.#targets = new Int32Array(capacity);
  }

  /** @param target where the string belongs in the output; targets grow from call to call. */
  add(slot: number, address: number, length: number, target: number): void {
    const i = this.#count++;
    if (i > 0) {
      const previous = this.#addresses[i - 1] as number;
      if (address < previous) this.#ascending = false;
      if (address > previous) this.#descending = false;
    }
    this.#slots[i] = slot;
    this.#addresses[i] = address;
    this.#lengths[i] = length;
    this.#targets[i] = target;
  }

  copyTo(data: Uint8Array, fetch: Fetch): void {
    if (this.#count === 0) return;
    const addresses = this.#addresses.subarray(0, this.#count);
    const sorted = this.#sorted(addresses);
    const starts = runStarts(sorted);
    const runOf = this.#runs(addresses, starts);
    const { ends, anchors } = this.#extents(runOf, starts);
    const blocks: Uint8Array[] = [];
    for (let run = 0; run < starts.length; run++)
      blocks.push(
        fetch(
          anchors[run] as number,
          (ends[run] as number) - (starts[run] as number),
        ),
      );
    this.#copy(data, runOf, starts, blocks);
  }

  /** Uncompressed blocks fill from their end, dictionaries hand out addresses in any order. */
  #sorted(addresses: Float64Array): Float64Array {
    if (this.#ascending) return addresses;
    return this.#descending
      ? addresses.slice().reverse()
      : addresses.slice().sort();
  }

  /** Index of the run that each string lies in. */
  #runs(addresses: Float64Array, starts: readonly number[]): Int32Array {
    const count = this.#count;
    const runOf = new Int32Array(count);
    const isSorted = this.#ascending || this.#descending;
    let run = 0;
    for (let k = 0; k < count; k++) {
      const i = this.#ascending ? k : count - 1 - k;
      const address = addresses[i] as number;
      if (!isSorted) run = lastAtMost(starts, address);
      else
        while (
          run + 1 < starts.length &&
          (starts[run + 1] as number) <= address
        )
          run++;
      runOf[i] = run;
    }
    return runOf;
  }

  /** Where each run ends, and a slot that holds its start. */
  #extents(runOf: Int32Array, starts: readonly number[]) {
    const ends = new Float64Array(starts.length);
    const anchors = new Int32Array(starts.length);
    for (let i = 0; i < this.#count; i++) {
      const run = runOf[i] as number;
      const address = this.#addresses[i] as number;
      const end = address + (this.#lengths[i] as number);
      if (end > (ends[run] as number)) ends[run] = end;
      if (address === starts[run]) anchors[run] = this.#slots[i] as number;
    }
    return { ends, anchors };
  }

  /** Copies neighbours that stay neighbours at once. */
  #copy(
    data: Uint8Array,
    runOf: Int32Array,
    starts: readonly number[],
    blocks: readonly Uint8Array[],
  ): void {
    let run = -1;
    let from = 0;
    let to = 0;
    let length = 0;
    const flush = () => {
      const block = blocks[run];
      if (block === undefined) return;
      // For short texts a loop is cheaper than a view.
      if (length > 64) data.set(block.subarray(from, from + length), to);
      else
        for (let k = 0; k < length; k++)
          data[to + k] = block[from + k] as number;
    };
    for (let i = 0; i < this.#count; i++) {
      const next = runOf[i] as number;
      const offset = (this.#addresses[i] as number) - (starts[next] as number);
      const target = this.#targets[i] as number;
      const size = this.#lengths[i] as number;
      if (next === run && offset === from + length && target === to + length)
        length += size;
      else {
        flush();
        run = next;
        from = offset;
        to = target;
        length = size;
      }
    }
    flush();
  }
}

/** First addresses of the runs that sorted addresses fall into. */
function runStarts(sorted: Float64Array): number[] {
  const starts: number[] = [];
  let start = -Infinity;
  let previous = -Infinity;
  for (const address of sorted) {
    if (address - previous >= pageBytes || address - start > runBytesMax) {
      start = address;
      starts.push(start);
    }
    previous = address;
  }
  return starts;
}

function lastAtMost(starts: readonly number[], address: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}
