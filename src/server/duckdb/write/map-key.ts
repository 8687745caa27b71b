import { bitAt } from "../../../arrow/bits.js";
import { isValid } from "../../../arrow/vector.js";
import type { Vector } from "../../../arrow/vector.js";

/** Text that is equal for equal values of one vector only; undefined for NULL. */
export function keyOf(vector: Vector, row: number): string | undefined {
  if (vector.layout !== "union" && !isValid(vector, row)) return undefined;
  switch (vector.layout) {
    case "null":
      return undefined;
    case "bool":
      return bitAt(vector.bits, row) ? "1" : "0";
    case "fixed":
      return bytesKey(
        vector.data.subarray(row * vector.width, (row + 1) * vector.width),
      );
    case "bytes":
      return bytesKey(
        vector.data.subarray(vector.offsets[row], vector.offsets[row + 1]),
      );
    case "list": {
      const keys: (string | undefined)[] = [];
      const end = vector.offsets[row + 1] as number;
      for (let i = vector.offsets[row] as number; i < end; i++)
        keys.push(keyOf(vector.child, i));
      return several(keys);
    }
    case "struct":
      return several(vector.children.map((child) => keyOf(child, row)));
    case "union": {
      const { type } = vector;
      const typeId = vector.typeIds[row] as number;
      const member = type.type === "union" ? type.typeIds.indexOf(typeId) : -1;
      const child = vector.children[member];
      const at = vector.offsets[row] as number;
      return several([String(typeId), child && keyOf(child, at)]);
    }
  }
}

function bytesKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
  );
}

function several(keys: readonly (string | undefined)[]): string {
  return JSON.stringify(keys.map((key) => key ?? null));
}
