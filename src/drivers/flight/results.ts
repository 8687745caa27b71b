import { Failure } from "../../failure.js";

/** The only result of an action that has just one. @throws Failure(invalid_data) when there is none. */
export function onlyResult(
  bodies: readonly Uint8Array[],
  action: string,
): Uint8Array {
  const [body] = bodies;
  if (body === undefined)
    throw new Failure(
      "invalid_data",
      `the server answered ${action} without a result`,
    );
  return body;
}

/** The name of an enum's value. @throws Failure(invalid_data) when the value is newer than the enum. */
export function nameOf<Names extends string>(
  values: Readonly<Record<Names, number>>,
  value: number,
): Names {
  for (const name in values) if (values[name] === value) return name;
  throw new Failure(
    "invalid_data",
    `the server answered the unknown value ${String(value)} where one of ${Object.keys(values).join(", ")} belongs`,
  );
}
