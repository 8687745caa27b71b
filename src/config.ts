import { readFileSync } from "node:fs";

import type { ErrorObject } from "ajv";

import type { ServeSettings, UserSetting } from "./commands/serve.js";
import type { Config } from "./engine.js";
import { Failure } from "./failure.js";
import { parseJson } from "./protocols/json-value.js";

/**
 * Reads a JSON file of the user.
 * @throws Failure(invalid_config) naming the file and what is wrong with it.
 */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `the ${what} file ${path} cannot be read: ${Failure.from(error).message}`,
      { cause: error },
    );
  }
}

/** One JSON object out of several files; keys of later files win. `${NAME}` and `${file:PATH}` are expanded. */
export function readConfig(paths: readonly string[]): Config {
  const merged: Record<string, unknown> = {};
  for (const path of paths) {
    const text = readText(path, "config");
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The parser's own message quotes the text, which may hold a secret.
      throw new Failure(
        "invalid_config",
        `the config file ${path} is not JSON${placeOfFault(text)}`,
      );
    }
    if (!isObject(value))
      throw new Failure(
        "invalid_config",
        `the config file ${path} does not hold a JSON object`,
      );
    for (const [key, item] of Object.entries(value))
      merged[key] = expand(item, `${path}: ${key}`);
  }
  return merged;
}

/** Where a text ceases to be JSON: ` (line 1, column 2)`. */
function placeOfFault(text: string): string {
  try {
    parseJson(text);
    return "";
  } catch (error) {
    const { message } = Failure.from(error);
    return / \(line \d+, column \d+\)$/.exec(message)?.[0] ?? "";
  }
}

/**
 * The flags of `serve` with their secrets expanded, the users' file, and every text that must not be seen.
 * @throws Failure(invalid_config)
 */
export async function readServeSettings(
  given: Readonly<Record<string, unknown>>,
): Promise<ServeSettings & { readonly secrets: readonly string[] }> {
  const flags: Record<string, unknown> = { ...given };
  for (const name of ["password", "token"])
    flags[name] = expand(given[name], `--${name}`);
  const secrets = [flags["password"], flags["token"]];
  const file = given["users"];
  if (typeof file !== "string")
    return { flags, users: {}, secrets: secrets.filter(isSecret) };
  const users = await checkConfig(readConfig([file]), usersSchema).catch(
    (error: unknown) => {
      const { code, message } = Failure.from(error);
      throw new Failure(code, `${message} (in the users file ${file})`);
    },
  );
  for (const user of Object.values(users) as UserSetting[])
    secrets.push(user.password, user.password_hash, user.token);
  return {
    flags,
    // The schema has checked it.
    users: users as Readonly<Record<string, UserSetting>>,
    secrets: secrets.filter(isSecret),
  };
}

const usersSchema = {
  type: "object",
  additionalProperties: {
    type: "object",
    additionalProperties: false,
    properties: {
      password: { type: "string" },
      password_hash: { type: "string" },
      token: { type: "string" },
      read_only: { type: "boolean" },
    },
  },
};

function isSecret(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** `${NAME}` is an environment variable, `${file:PATH}` the text of a file without its last line feed; `$${` is `${`. */
function expand(value: unknown, where: string): unknown {
  if (typeof value === "string")
    return value.replace(
      /\$\$\{|\$\{(file:)?([^}]*)\}/g,
      (whole, file: string | undefined, name: string | undefined) => {
        if (name === undefined) return whole.slice(1);
        if (file !== undefined)
          return readText(name, where).replace(/\r?\n$/, "");
        const text = process.env[name];
        if (text === undefined)
          throw new Failure(
            "invalid_config",
            `${where} names the environment variable ${name}, which is not set`,
          );
        return text;
      },
    );
  if (Array.isArray(value))
    return value.map((item, index) =>
      expand(item, `${where}/${String(index)}`),
    );
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        expand(item, `${where}/${key}`),
      ]),
    );
  return value;
}

/**
 * Checks a config against an engine's schema and fills in the defaults.
 * @throws Failure(invalid_config) with every fault: path, reason, and the key that may have been meant.
 */
export async function checkConfig(
  config: Config,
  schema: object,
): Promise<Config> {
  const { default: ajv } = await import("ajv");
  // The schemas are the program's own, so they are not checked against JSON Schema's at every start.
  const checker = new ajv.Ajv({
    allErrors: true,
    useDefaults: true,
    meta: false,
    validateSchema: false,
    code: { optimize: false },
    strict: true,
    strictRequired: false,
    keywords: ["airbyte_secret"],
  });
  const checked = structuredClone(config);
  const validate = checker.compile(schema);
  if (validate(checked)) return checked;
  const faults = (validate.errors ?? []).map((error) => explain(error, schema));
  throw new Failure(
    "invalid_config",
    `the config is not valid: ${[...new Set(faults)].join("; ")}`,
  );
}

function explain(error: ErrorObject, schema: object): string {
  const path =
    error.instancePath === "" ? "" : `${error.instancePath.slice(1)} `;
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(params["additionalProperty"]);
      const owner = schemaAt(schema, error.instancePath);
      const near = nearest(key, Object.keys(owner.properties ?? {}));
      return `${path}${key} is not a setting${near === undefined ? "" : `, did you mean ${near}?`}`;
    }
    case "required":
      return `${path}${String(params["missingProperty"])} is missing`;
    case "enum":
      return `${path}must be one of ${(params["allowedValues"] as unknown[]).map(String).join(", ")}`;
    case "const":
      return `${path}must be ${String(params["allowedValue"])}`;
    case "oneOf":
      return `${path}needs exactly one of url and host`;
    default:
      return `${path}${error.message ?? error.keyword}`;
  }
}

/** The schema of what stands at a path of a config: `/oauth/exchange`. */
function schemaAt(schema: object, path: string): ObjectSchema {
  return path
    .split("/")
    .slice(1)
    .reduce<ObjectSchema>(
      ({ properties }, key) => properties?.[key] ?? {},
      schema,
    );
}

/** What is asked of a schema: an object's members, and whether a value is a secret. */
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly airbyte_secret?: boolean;
}

/** The name with the smallest edit distance, when it is near enough to be a slip. */
function nearest(key: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(key, name);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution =
        (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(
        Math.min(
          substitution,
          (previous[j] as number) + 1,
          (row[j - 1] as number) + 1,
        ),
      );
    }
    previous = row;
  }
  return previous[b.length] as number;
}

/**
 * Every text of a config that must not be seen: values of settings marked `airbyte_secret`, and the password
 * in a URL.
 */
export function secretsOf(config: Config, schema: object): readonly string[] {
  const secrets: string[] = [];
  const collect = (value: unknown) => {
    if (typeof value === "string") secrets.push(value);
    else if (isObject(value)) Object.values(value).forEach(collect);
  };
  const search = (
    values: Readonly<Record<string, unknown>>,
    { properties = {} }: ObjectSchema,
  ) => {
    for (const [key, property] of Object.entries(properties)) {
      const value = values[key];
      if (property.airbyte_secret === true) collect(value);
      else if (isObject(value)) search(value, property);
    }
  };
  search(config, schema);
  const url = config["url"];
  const password =
    typeof url === "string"
      ? /^[^:]+:\/\/[^/@]*?:([^@]*)@/.exec(url)?.[1]
      : undefined;
  if (password !== undefined) {
    secrets.push(password);
    try {
      secrets.push(decodeURIComponent(password));
    } catch {
      // Not percent-encoded after all: the text itself is covered.
    }
  }
  return secrets
    .filter((secret) => secret !== "")
    .sort((a, b) => b.length - a.length);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
