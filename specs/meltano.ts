import type { Role } from "../src/engine.js";
import { about } from "../src/protocols/singer/messages.js";

/** A property of a config schema, as far as Meltano has a word for it. */
interface Property {
  readonly title: string;
  readonly description: string;
  readonly type?: string;
  readonly enum?: readonly (string | null)[];
  readonly default?: unknown;
  readonly airbyte_secret?: boolean;
}

/** Kinds of settings: https://docs.meltano.com/reference/plugin-definition-syntax */
const kinds: Readonly<Record<string, string>> = {
  integer: "integer",
  number: "decimal",
  boolean: "boolean",
  array: "array",
  object: "object",
};

/** A plugin as `meltano.yml` and `meltano add --from-ref` read it; JSON is YAML. */
export function meltanoPlugin(role: Role, schema: object) {
  const { name, description, capabilities } = about(role, schema);
  const { properties } = schema as {
    readonly properties: Readonly<Record<string, Property>>;
  };
  return {
    name,
    namespace: name.replaceAll("-", "_"),
    label: "Arrow Flight SQL",
    description,
    executable: name,
    capabilities,
    settings_group_validation: [["url"], ["host"]],
    settings: Object.entries(properties).map(([setting, property]) =>
      settingOf(setting, property),
    ),
  };
}

function settingOf(name: string, property: Property): object {
  const { title, description, default: value, airbyte_secret } = property;
  const options = property.enum?.filter((option) => option !== null);
  return {
    name,
    label: title,
    description,
    kind: options ? "options" : (kinds[property.type ?? ""] ?? "string"),
    ...(options && {
      options: options.map((option) => ({ label: option, value: option })),
    }),
    ...(value !== undefined && { value }),
    ...(airbyte_secret === true && { sensitive: true }),
  };
}
