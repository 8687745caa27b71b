import type { DataType, Field } from "../arrow/schema.js";
import { Failure } from "../failure.js";
import {
  cell,
  codeOf,
  digitsOf,
  entryFields,
  refuseDuplicates,
  widthOf,
  type CellCode,
} from "./cell-code.js";
import { Members } from "./members.js";

const ROWS_AT_FIRST = 64;
const BYTES_AT_FIRST = 1024;
/** Memory for texts that is kept for the next batch. */
const BYTES_KEPT = 4_194_304;

/**
 * A column that grows cell by cell. Like `Column`, objects of one shape for every type. Whoever adds a cell calls
 * `grow` when `length` is `capacity`, stores the value at `length`, and then counts it. Cells are valid unless
 * marked, so only a null touches `validity`.
 */
export class ColumnBuilder {
  readonly type: DataType;
  readonly path: string;
  readonly nullable: boolean;
  /** Whether every row has to bring it. */
  readonly required: boolean;
  readonly code: CellCode;
  readonly width: number;
  /** Digits behind the point of a decimal or a second. */
  readonly digits: number;
  /** A decimal's integer is below this: 10^precision, as near as a double is. */
  readonly limit: number;
  readonly children: readonly ColumnBuilder[];
  /** The children of a struct, or of a union, by name. */
  readonly members: Members;

  length = 0;
  capacity = 0;
  nulls = 0;
  validity: Uint8Array = new Uint8Array(0);
  /** Values of the fixed layout, bits of bools, or the texts of the bytes layout. */
  data: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.data.buffer);
  offsets: Int32Array = new Int32Array(1);
  typeIds: Int8Array = new Int8Array(0);
  /** The date that was parsed last: its ten characters in two and a half words, and its day. */
  dateStart = 0;
  dateMiddle = 0;
  dateEnd = 0;
  dateDay = 0;

  constructor(field: Field, path: string, required = false) {
    this.type = field.type;
    this.path = path;
    this.nullable = field.nullable;
    this.required = required;
    this.code = codeOf(field.type);
    this.width = widthOf(field.type);
    this.digits = digitsOf(field.type);
    this.limit = field.type.type === "decimal" ? 10 ** field.type.precision : 0;
    this.children = childFields(field.type, path).map(
      (child) => new ColumnBuilder(child, childPath(path, field.type, child)),
    );
    this.members = new Members(
      this.children,
      childFields(field.type, path).map(({ name }) => name),
    );
    this.grow();
  }

  /** Bytes that the cells fill. */
  get byteLength(): number {
    let bytes = (this.length >> 3) + this.width * this.length;
    if (this.code === cell.utf8 || this.code === cell.binary)
      bytes += this.used + 4 * this.length;
    else if (this.children.length > 0) bytes += 5 * this.length;
    for (const child of this.children) bytes += child.byteLength;
    return bytes;
  }

  /** Bytes of `data` that the texts fill. */
  get used(): number {
    return this.offsets[this.length] as number;
  }

  /** Doubles the number of cells that there is room for. */
  grow(): void {
    const capacity = Math.max(ROWS_AT_FIRST, this.capacity * 2);
    this.capacity = capacity;
    const validity = new Uint8Array(capacity >> 3).fill(0xff);
    validity.set(this.validity);
    this.validity = validity;
    if (this.code === cell.bool) this.#resize(capacity >> 3);
    else if (this.width > 0) this.#resize(capacity * this.width);
    else {
      const offsets = new Int32Array(capacity + 1);
      offsets.set(this.offsets);
      this.offsets = offsets;
    }
    if (this.code !== cell.union) return;
    const typeIds = new Int8Array(capacity);
    typeIds.set(this.typeIds);
    this.typeIds = typeIds;
  }

  /** Makes room for `count` more bytes behind the first `used` of `data`. */
  reserve(used: number, count: number): void {
    const needed = used + count;
    if (needed <= this.data.length) return;
    if (needed > 0x7fffffff)
      throw new Failure(
        "exhausted",
        `more than 2 GiB of text in one batch, column "${this.path}"; take smaller batches`,
      );
    this.#resize(Math.max(BYTES_AT_FIRST, needed, 2 * this.data.length));
  }

  #resize(bytes: number): void {
    const data = new Uint8Array(bytes);
    data.set(this.data.subarray(0, bytes));
    this.data = data;
    this.view = new DataView(data.buffer);
  }

  /** Takes back every cell from `length` on, and of the children also those of a cell that was not counted yet. */
  truncate(length: number): void {
    for (let index = length; index < this.length && this.nulls > 0; index++) {
      const byte = this.validity[index >> 3] as number;
      const bit = 1 << (index & 7);
      if ((byte & bit) === 0) this.nulls--;
      this.validity[index >> 3] = byte | bit;
    }
    if (this.code === cell.struct)
      for (const child of this.children) child.truncate(length);
    else if (this.code === cell.union)
      // From the last cell backwards, so that every child ends at the first of its cells.
      for (let index = this.length - 1; index >= length; index--)
        this.memberAt(index).truncate(this.offsets[index] as number);
    else
      this.children[0]?.truncate(
        this.offsets[Math.min(this.length, length)] as number,
      );
    this.length = Math.min(this.length, length);
  }

  /** The child that holds cell `index` of a union. */
  memberAt(index: number): ColumnBuilder {
    const typeIds = this.type.type === "union" ? this.type.typeIds : [];
    const place = typeIds.indexOf(this.typeIds[index] as number);
    return this.children[place] as ColumnBuilder;
  }

  /** Takes back every cell and the memory that one huge text made it take. */
  clear(): void {
    if (this.nulls > 0) this.validity.fill(0xff);
    this.nulls = 0;
    this.length = 0;
    for (const child of this.children) child.clear();
    if (this.width === 0 && this.data.length > BYTES_KEPT) {
      this.data = new Uint8Array(0);
      this.view = new DataView(this.data.buffer);
    }
  }
}

/** The fields of what a type holds, under the names that JSON gives them. */
function childFields(type: DataType, path: string): readonly Field[] {
  switch (type.type) {
    case "list":
    case "fixed_size_list":
      return [type.item];
    case "map":
      return [
        {
          name: "entries",
          type: { type: "struct", fields: entryFields(type.entries) },
          nullable: false,
        },
      ];
    case "struct":
    case "union":
      refuseDuplicates(type.fields, path);
      return type.fields;
    default:
      return [];
  }
}

function childPath(path: string, type: DataType, child: Field): string {
  if (type.type === "struct" || type.type === "union")
    return `${path}.${child.name}`;
  return type.type === "map" ? path : `${path}[]`;
}
