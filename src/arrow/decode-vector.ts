import { Failure } from "../failure.js";
import type { Allowance } from "./allowance.js";
import { bitmapBytes } from "./bits.js";
import { BufferCursor, type VectorNode } from "./buffer-cursor.js";
import { canonicalType, fixedWidth } from "./canonical.js";
import {
  checkOffsets,
  checkUnion,
  decodeListViews,
  decodeRunEnds,
  decodeViews,
  dictionaryRows,
  integersOf,
  rowNumbers,
} from "./decode-layout.js";
import { emptyVector } from "./empty-vector.js";
import type { IpcBatch } from "./ipc-batch.js";
import type { DataType, Field } from "./schema.js";
import { checkOffset, takeRows } from "./take.js";
import type { Vector } from "./vector.js";

type TypeOf<Name extends DataType["type"]> = Extract<
  DataType,
  { readonly type: Name }
>;

/**
 * Makes canonical vectors of the buffers of one batch. Fields must be asked for in the schema's order,
 * since nodes and buffers lie in depth-first order
 * (https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message). Everything that indexes
 * something is checked here, so that nobody has to check a vector again.
 */
export class VectorDecoder {
  readonly #batch: IpcBatch;
  readonly #cursor: BufferCursor;
  readonly #dictionaries: ReadonlyMap<bigint, Vector>;
  readonly #allowance: Allowance;
  /** Names from the column to the field at work, for errors. */
  #path: string[] = [];

  /** @param allowance what expanding dictionaries, runs and views may cost. */
  constructor(
    batch: IpcBatch,
    dictionaries: ReadonlyMap<bigint, Vector>,
    allowance: Allowance,
  ) {
    this.#batch = batch;
    this.#cursor = new BufferCursor(batch);
    this.#dictionaries = dictionaries;
    this.#allowance = allowance;
  }

  /**
   * The next column.
   * @throws Failure(invalid_data) when the buffers do not hold what the type needs.
   * @throws Failure(exhausted) when it needs more memory than allowed.
   */
  column(field: Field): Vector {
    const rows = this.#batch.length;
    const length = this.#cursor.nextLength;
    this.#path = [];
    try {
      const vector = this.#field(field, rows);
      if (length === rows) return vector;
      throw new RangeError(`not ${String(rows)} rows long, as its batch is`);
    } catch (reason) {
      if (!(reason instanceof RangeError)) throw reason;
      throw new Failure(
        "invalid_data",
        `malformed Arrow record batch: ${this.#place([field.name])}: ${reason.message}`,
        { cause: reason },
      );
    }
  }

  #field(field: Field, rows?: number): Vector {
    this.#path.push(field.name);
    const vector = this.#vector(field.type, rows);
    this.#path.pop();
    return vector;
  }

  #vector(type: DataType, rows: number | undefined): Vector {
    const node = this.#cursor.node(rows);
    const { length } = node;
    switch (type.type) {
      case "null":
        return { layout: "null", type, length, validity: undefined };
      case "bool": {
        const validity = this.#cursor.validity(node);
        const bits = this.#cursor.exactly(bitmapBytes(length));
        return { layout: "bool", type, length, validity, bits };
      }
      case "int":
      case "float":
      case "decimal":
      case "fixed_size_binary":
      case "date":
      case "time":
      case "timestamp":
      case "duration":
      case "interval": {
        const validity = this.#cursor.validity(node);
        const width = fixedWidth(type) ?? 0;
        const data = this.#cursor.exactly(length * width);
        return { layout: "fixed", type, length, validity, width, data };
      }
      case "utf8":
      case "binary":
        return this.#bytes(type, node);
      case "list":
        return this.#list(type, node);
      case "fixed_size_list":
        return this.#fixedSizeList(type, node);
      case "map": {
        const validity = this.#cursor.validity(node);
        const offsets = this.#cursor.offsets(length, 4);
        return this.#listOf(type, validity, offsets, type.entries);
      }
      case "struct":
        return this.#struct(type, node);
      case "union":
        return this.#union(type, node);
      case "dictionary":
        return this.#dictionary(type, node);
      case "run_end_encoded":
        return this.#runs(type, node);
    }
  }

  #bytes(type: TypeOf<"utf8" | "binary">, node: VectorNode): Vector {
    const { length } = node;
    const validity = this.#cursor.validity(node);
    const canonical = canonicalType(type);
    const base = {
      layout: "bytes",
      type: canonical,
      length,
      validity,
    } as const;
    if (type.addressing === "view") {
      const views = this.#cursor.exactly(16 * length);
      const buffers = this.#cursor.variadic();
      const expanded = decodeViews(views, validity, buffers, this.#allowance);
      return { ...base, ...expanded };
    }
    const offsets = this.#cursor.offsets(
      length,
      type.addressing === "offset32" ? 4 : 8,
    );
    const data = this.#cursor.buffer();
    checkOffsets(offsets, data.length);
    return { ...base, offsets, data };
  }

  #list(type: TypeOf<"list">, node: VectorNode): Vector {
    const { length } = node;
    const validity = this.#cursor.validity(node);
    if (type.addressing === "offset32" || type.addressing === "offset64") {
      const width = type.addressing === "offset32" ? 4 : 8;
      const offsets = this.#cursor.offsets(length, width);
      return this.#listOf(type, validity, offsets, type.item);
    }
    const bytes = type.addressing === "view" ? 4 : 8;
    const starts = integersOf(this.#cursor.exactly(bytes * length), bytes);
    const sizes = integersOf(this.#cursor.exactly(bytes * length), bytes);
    const child = this.#field(type.item);
    const expanded = decodeListViews(
      starts,
      sizes,
      validity,
      child,
      this.#allowance,
    );
    const canonical = canonicalType(type);
    return { layout: "list", type: canonical, length, validity, ...expanded };
  }

  #listOf(
    type: DataType,
    validity: Uint8Array | undefined,
    offsets: Int32Array,
    item: Field,
  ): Vector {
    const child = this.#field(item);
    checkOffsets(offsets, child.length);
    const length = offsets.length - 1;
    const canonical = canonicalType(type);
    return {
      layout: "list",
      type: canonical,
      length,
      validity,
      offsets,
      child,
    };
  }

  #fixedSizeList(type: TypeOf<"fixed_size_list">, node: VectorNode): Vector {
    const { length } = node;
    const validity = this.#cursor.validity(node);
    checkOffset(length * type.size);
    const child = this.#field(type.item, length * type.size);
    this.#allowance.spend(4 * length);
    const offsets = new Int32Array(length + 1);
    for (let i = 1; i <= length; i++) offsets[i] = i * type.size;
    const canonical = canonicalType(type);
    return {
      layout: "list",
      type: canonical,
      length,
      validity,
      offsets,
      child,
    };
  }

  #struct(type: TypeOf<"struct">, node: VectorNode): Vector {
    const { length } = node;
    const validity = this.#cursor.validity(node);
    const children = type.fields.map((field) => this.#field(field, length));
    const canonical = canonicalType(type);
    return { layout: "struct", type: canonical, length, validity, children };
  }

  #union(type: TypeOf<"union">, node: VectorNode): Vector {
    const { length, nulls } = node;
    if (this.#batch.version === "V4") {
      // Up to metadata V4 a union had a validity buffer of its own.
      this.#cursor.buffer();
      if (nulls !== 0) {
        throw new Failure(
          "unsupported",
          `${this.#place()} is a union with NULLs of its own, as Arrow before 1.0 wrote; let the server send metadata version V5`,
        );
      }
    }
    const ids = this.#cursor.exactly(length);
    const typeIds = new Int8Array(ids.buffer, ids.byteOffset, length);
    const offsets =
      type.mode === "dense" ? this.#cursor.int32s(length) : rowNumbers(length);
    const children = type.fields.map((field) =>
      this.#field(field, type.mode === "sparse" ? length : undefined),
    );
    checkUnion(type.typeIds, typeIds, offsets, children);
    return {
      layout: "union",
      type: canonicalType(type),
      length,
      validity: undefined,
      typeIds,
      offsets,
      children,
    };
  }

  #dictionary(type: TypeOf<"dictionary">, node: VectorNode): Vector {
    const { length } = node;
    const { bits, signed } = type.index;
    const validity = this.#cursor.validity(node);
    const width = bits / 8;
    const indices = integersOf(
      this.#cursor.exactly(width * length),
      width,
      signed,
    );
    // Where every value is NULL, some servers send no dictionary.
    const values =
      this.#dictionaries.get(type.id) ?? emptyVector(canonicalType(type));
    const rows = dictionaryRows(indices, validity, values.length);
    return takeRows(values, rows, this.#allowance);
  }

  #runs(type: TypeOf<"run_end_encoded">, { length }: VectorNode): Vector {
    const ends = this.#field(type.runEnds);
    const values = this.#field(type.values);
    if (ends.layout !== "fixed") throw new RangeError("odd run ends");
    const runEnds = integersOf(ends.data, ends.width);
    const rows = decodeRunEnds(runEnds, values.length, length, this.#allowance);
    return takeRows(values, rows, this.#allowance);
  }

  /** @param path when nothing is at work any more. */
  #place(path: readonly string[] = []): string {
    const names = this.#path.length > 0 ? this.#path : path;
    return `column ${JSON.stringify(names.join("."))}`;
  }
}
