import { createHash } from "node:crypto";

import type { Batch } from "./batch.js";
import { bitAt } from "./bits.js";
import type { Schema } from "./schema.js";
import { typeName } from "./type-name.js";
import { isValid, type Vector } from "./vector.js";

/**
 * Tells rows of one schema apart by 64 bits: the first of SHA-256 over names, types and exact values. Whoever changes
 * which columns are read, or a type, gets other hashes.
 */
export class RowHash {
  readonly #seed: Buffer;
  #bytes = Buffer.alloc(1024);
  #length = 0;

  /** @param schema canonical. */
  constructor({ fields }: Schema) {
    const columns = fields.map(({ name, type }) => [name, typeName(type)]);
    this.#seed = Buffer.from(JSON.stringify(columns));
  }

  /** @returns 16 hexadecimal digits. */
  of(batch: Batch, row: number): string {
    this.#length = 0;
    this.#add(this.#seed);
    for (const vector of batch.vectors) this.#cell(vector, row);
    return createHash("sha256")
      .update(this.#bytes.subarray(0, this.#length))
      .digest("hex")
      .slice(0, 16);
  }

  #cell(vector: Vector, row: number): void {
    if (!isValid(vector, row)) {
      this.#byte(0);
      return;
    }
    this.#byte(1);
    switch (vector.layout) {
      case "null":
        return;
      case "bool":
        this.#byte(bitAt(vector.bits, row) ? 1 : 0);
        return;
      case "fixed": {
        const { width, data } = vector;
        this.#add(data.subarray(row * width, (row + 1) * width));
        return;
      }
      case "bytes": {
        const from = vector.offsets[row] as number;
        const to = vector.offsets[row + 1] as number;
        this.#count(to - from);
        this.#add(vector.data.subarray(from, to));
        return;
      }
      case "list": {
        const from = vector.offsets[row] as number;
        const to = vector.offsets[row + 1] as number;
        this.#count(to - from);
        for (let item = from; item < to; item++) this.#cell(vector.child, item);
        return;
      }
      case "struct":
        for (const child of vector.children) this.#cell(child, row);
        return;
      case "union": {
        const id = vector.typeIds[row] as number;
        this.#byte(id);
        const child = vector.children[typeIndex(vector.type, id)];
        if (child !== undefined)
          this.#cell(child, vector.offsets[row] as number);
      }
    }
  }

  #byte(value: number): void {
    this.#room(1);
    this.#length = this.#bytes.writeInt8(value, this.#length);
  }

  #count(value: number): void {
    this.#room(4);
    this.#length = this.#bytes.writeInt32LE(value, this.#length);
  }

  #add(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

function typeIndex(type: Vector["type"], id: number): number {
  return type.type === "union" ? type.typeIds.indexOf(id) : -1;
}
