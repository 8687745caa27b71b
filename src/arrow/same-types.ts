import { isDeepStrictEqual } from "node:util";
import { type DataType, type Field, type Schema, field } from "./schema.js";

/**
 * Whether columns have the same names and canonical types. Left aside is what the parts of one result may say
 * differently and mean the same: whether values can be NULL, metadata, the names of list items and of map entries,
 * whether keys are sorted, all at any depth.
 */
export function haveSameTypes(a: Schema, b: Schema): boolean {
  return a === b || isDeepStrictEqual(looseFields(a), looseFields(b));
}

function looseFields({ fields }: Schema): readonly Field[] {
  return fields.map((column) => named(column.name, column));
}

function looseType(type: DataType): DataType {
  switch (type.type) {
    case "list":
    case "fixed_size_list":
      return { ...type, item: named("item", type.item) };
    case "struct":
    case "union":
      return {
        ...type,
        fields: type.fields.map((member) => named(member.name, member)),
      };
    case "map":
      return { ...type, entries: entriesOf(type.entries), keysSorted: false };
    default:
      return type;
  }
}

function named(name: string, { type }: Field): Field {
  return field(name, looseType(type));
}

function entriesOf(entries: Field): Field {
  const { type } = entries;
  if (type.type !== "struct") return entries;
  const fields = type.fields.map((member, i) =>
    named(i === 0 ? "key" : "value", member),
  );
  return field("entries", { ...type, fields });
}
