import type { DataType } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import { skipValue, textOf } from "./scan.js";

/** The bytes that are parsed. One object per parser, so that the bytes and their view need not be passed about. */
export class Source {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  end = 0;
  #given: Uint8Array | undefined;

  /** Reads `bytes` up to `end`. Costs nothing while the same array comes again. */
  aim(bytes: Uint8Array, end: number): void {
    this.end = Math.min(end, bytes.length);
    if (bytes === this.#given) return;
    this.#given = bytes;
    const { buffer, byteOffset, byteLength } = bytes;
    // A Buffer has a hidden class of its own, which would make every access to bytes slower.
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.view = new DataView(buffer, byteOffset, byteLength);
  }
}

/** What an error says of a column. */
interface Named {
  readonly path: string;
  readonly type: DataType;
}

const SHOWN_MAX = 80;

/**
 * The error for a value that is JSON but does not fit its column.
 * @throws Failure(invalid_input) when it is not JSON at all.
 */
export function misfit(
  source: Source,
  at: number,
  column: Named,
  reason: string,
): Failure {
  const next = skipValue(source.bytes, at, source.end);
  // Four bytes are the most that a character takes.
  const shown = textOf(
    source.bytes,
    at,
    Math.min(next, at + 4 * SHOWN_MAX + 4),
  );
  const characters = Array.from(shown);
  const value =
    characters.length > SHOWN_MAX
      ? `${characters.slice(0, SHOWN_MAX).join("")}…`
      : shown;
  return new Failure(
    "invalid_data",
    `${reason}: column "${column.path}" (${typeName(column.type)}) cannot hold ${value}`,
  );
}

function typeName(type: DataType): string {
  switch (type.type) {
    case "int":
      return `${type.signed ? "" : "u"}int${String(type.bits)}`;
    case "float":
      return `float${String(type.bits)}`;
    case "decimal":
      return `decimal(${String(type.precision)}, ${String(type.scale)})`;
    case "timestamp":
    case "time":
    case "duration":
      return `${type.type} in ${type.unit}`;
    default:
      return type.type;
  }
}
