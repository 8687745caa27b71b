import { type DataType, type Field, field } from "./schema.js";

/**
 * A canonical type without what the parts of one result may say differently and mean the same: whether nested
 * values can be NULL, their metadata, the names of list items and of map entries, whether keys are sorted.
 */
export function looseType(type: DataType): DataType {
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
