import { isValid, type Vector } from "./vector.js";

/**
 * Whether a row of a vector holds the very bytes of a row of another one of the same type; NULL equals NULL. Only
 * layouts that values with an order have, fixed and bytes, are ever equal.
 */
export function equalRows(
  left: Vector,
  row: number,
  right: Vector,
  other: number,
): boolean {
  const valid = isValid(left, row);
  if (valid !== isValid(right, other)) return false;
  if (!valid) return true;
  if (left.layout === "fixed" && right.layout === "fixed") {
    const { width } = left;
    return sameBytes(left.data, row * width, right.data, other * width, width);
  }
  if (left.layout === "bytes" && right.layout === "bytes") {
    const from = left.offsets[row] as number;
    const size = (left.offsets[row + 1] as number) - from;
    const at = right.offsets[other] as number;
    return (
      (right.offsets[other + 1] as number) - at === size &&
      sameBytes(left.data, from, right.data, at, size)
    );
  }
  return false;
}

/** Rows of a vector that equal row 0 of another. */
export function rowsEqualTo(vector: Vector, value: Vector): number[] {
  const rows: number[] = [];
  for (let row = 0; row < vector.length; row++)
    if (equalRows(vector, row, value, 0)) rows.push(row);
  return rows;
}

function sameBytes(
  left: Uint8Array,
  from: number,
  right: Uint8Array,
  at: number,
  size: number,
): boolean {
  for (let k = 0; k < size; k++)
    if (left[from + k] !== right[at + k]) return false;
  return true;
}
