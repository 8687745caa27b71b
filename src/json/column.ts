import { isUtf8 } from "node:buffer";
import type { DataType, Field } from "../arrow/schema.js";
import type { Vector } from "../arrow/vector.js";
import { Failure } from "../failure.js";
import { STRING_ROOM } from "./string-text.js";
import { Piece, PIECE_OVERHANG } from "./block.js";
import {
  cell,
  codeOf,
  digitsOf,
  entryFields,
  refuseDuplicates,
  widthOf,
  type CellCode,
} from "./cell-code.js";
import { INTEGER_ROOM } from "./integer-text.js";
import { FLOAT_ROOM } from "./shortest-float.js";
import { DateTexts, TIME_ROOM } from "./time-text.js";

/** What the Arrow type leaves open about the text of a value. */
export interface TextOptions {
  /**
   * NaN and the infinities, which JSON numbers lack: the strings "NaN", "Infinity", "-Infinity", or null, or a
   * Failure(invalid_data). @default "string"
   */
  readonly nonFinite?: "string" | "null" | "fail";
  /** What follows a timestamp without a timezone. @default "" */
  readonly naiveSuffix?: "" | "Z";
}

const noBytes: Uint8Array = new Uint8Array(0);
const noView: DataView = new DataView(new ArrayBuffer(0));
const noOffsets: Int32Array = new Int32Array(1);
const noDateTexts = new DateTexts();
const noTypeIds: Int8Array = new Int8Array(0);

/**
 * One column as the loop over cells sees it: what its type says, and the buffers of the batch at hand. Columns of
 * every type are objects of this one shape, so that the loop stays monomorphic.
 */
export class Column {
  readonly type: DataType;
  /** Where it is, for errors: `order.lines.price`. */
  readonly path: string;
  readonly code: CellCode;
  /** `"name":`, behind the separator when the column is a member of an object. */
  readonly key: Piece;
  /** Bytes that a cell may write without asking; see Block. */
  readonly room: number;
  readonly width: number;
  /** Digits behind the point of a decimal or a second. */
  readonly digits: number;
  /** Written behind a timestamp. */
  readonly zulu: boolean;
  readonly nonFinite: "string" | "null" | "fail";
  readonly children: readonly Column[];
  /** The children of a struct with their keys. */
  readonly members: MemberColumns;
  /** Child of every type id of a union. */
  readonly childOfTypeId: ReadonlyMap<number, Column>;
  readonly dateTexts: DateTexts;

  hasNulls = false;
  validity = noBytes;
  data = noBytes;
  view = noView;
  offsets = noOffsets;
  typeIds = noTypeIds;
  dataEnd = 0;
  /** See `isText`; undefined until somebody asks. */
  #isText: boolean | undefined;

  constructor(
    name: string,
    type: DataType,
    path: string,
    separator: string,
    options: TextOptions,
  ) {
    this.type = type;
    this.path = path;
    this.code = codeOf(type);
    this.key = new Piece(
      new TextEncoder().encode(`${separator}${JSON.stringify(name)}:`),
    );
    this.width = widthOf(type);
    this.digits = digitsOf(type);
    this.zulu =
      type.type === "timestamp" &&
      (type.timezone !== undefined || options.naiveSuffix === "Z");
    this.nonFinite = options.nonFinite ?? "string";
    this.children = childrenOf(type, path, options);
    this.childOfTypeId =
      type.type === "union"
        ? new Map(type.typeIds.map((id, index) => [id, this.#child(index)]))
        : new Map<number, Column>();
    this.members = new MemberColumns(
      type.type === "struct" ? this.children : [],
    );
    this.dateTexts =
      type.type === "date" || type.type === "timestamp"
        ? new DateTexts()
        : noDateTexts;
    this.room = this.#room();
  }

  /** Takes the buffers of a vector of this column's type. */
  bind(vector: Vector): void {
    this.hasNulls = vector.validity !== undefined;
    this.validity = vector.validity ?? noBytes;
    switch (vector.layout) {
      case "null":
        break;
      case "bool":
        this.data = vector.bits;
        break;
      case "fixed":
        this.#bindData(vector.data);
        break;
      case "bytes":
        this.#bindData(vector.data);
        this.offsets = vector.offsets;
        this.dataEnd = vector.offsets[vector.length] as number;
        this.#isText = undefined;
        break;
      case "list":
        this.offsets = vector.offsets;
        this.#child(0).bind(vector.child);
        break;
      case "struct":
        vector.children.forEach((child, index) => {
          this.#child(index).bind(child);
        });
        break;
      case "union":
        this.offsets = vector.offsets;
        this.typeIds = vector.typeIds;
        vector.children.forEach((child, index) => {
          this.#child(index).bind(child);
        });
        break;
    }
  }

  /** Whether all of `data` between the first and the last offset is valid UTF-8. */
  get isText(): boolean {
    return (this.#isText ??= isUtf8(
      this.data.subarray(this.offsets[0], this.dataEnd),
    ));
  }

  #bindData(data: Uint8Array): void {
    this.data = data;
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  #child(index: number): Column {
    const child = this.children[index];
    if (child === undefined)
      throw new Failure(
        "internal",
        `a vector of column "${this.path}" does not have its type's layout`,
      );
    return child;
  }

  /** Fixed text of the cell and, for structs and unions, of the children that are written without asking. */
  #room(): number {
    switch (this.code) {
      case cell.struct:
        return 2 + this.members.room;
      case cell.union:
        return 2 + Math.max(8, ...this.children.map(memberRoom));
      case cell.decimal:
        return INTEGER_ROOM + Math.abs(this.digits);
      case cell.utf8:
      case cell.binary:
      case cell.fixedBinary:
        return STRING_ROOM;
      default:
        return Math.max(INTEGER_ROOM, TIME_ROOM, FLOAT_ROOM);
    }
  }
}

/** Bytes that a member of an object may write without asking. */
export function memberRoom(column: Column): number {
  return column.key.length + PIECE_OVERHANG + column.room;
}

/** Doubles that hold a key side by side with the others: enough for most. */
export const KEY_WORDS = 4;

/** The columns that are the members of an object. */
export class MemberColumns {
  readonly columns: readonly Column[];
  /** The first words of every key, KEY_WORDS each. */
  readonly words: Float64Array;
  /** Bytes of every key. */
  readonly lengths: Int32Array;
  /** Bytes that the members may write without asking. */
  readonly room: number;

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.words = new Float64Array(KEY_WORDS * columns.length);
    this.lengths = Int32Array.from(columns, ({ key }) => key.length);
    this.room = columns.reduce((sum, column) => sum + memberRoom(column), 0);
    columns.forEach(({ key }, index) => {
      this.words.set(key.words.subarray(0, KEY_WORDS), KEY_WORDS * index);
    });
  }
}

/**
 * The columns of an object with the given fields.
 * @throws Failure(unsupported) when two have one name, of which a JSON reader would keep one.
 */
export function memberColumns(
  fields: readonly Field[],
  path: string,
  options: TextOptions,
): Column[] {
  refuseDuplicates(fields, path);
  return fields.map(
    (field, index) =>
      new Column(
        field.name,
        field.type,
        path === "" ? field.name : `${path}.${field.name}`,
        index === 0 ? "" : ",",
        options,
      ),
  );
}

function childrenOf(
  type: DataType,
  path: string,
  options: TextOptions,
): readonly Column[] {
  switch (type.type) {
    case "list":
    case "fixed_size_list":
      return [new Column("", type.item.type, `${path}[]`, "", options)];
    case "map": {
      const entries: DataType = {
        type: "struct",
        fields: entryFields(type.entries),
      };
      return [new Column("", entries, path, "", options)];
    }
    case "struct":
      return memberColumns(type.fields, path, options);
    case "union":
      refuseDuplicates(type.fields, path);
      return type.fields.map(
        (field) =>
          new Column(
            field.name,
            field.type,
            `${path}.${field.name}`,
            "",
            options,
          ),
      );
    default:
      return [];
  }
}
