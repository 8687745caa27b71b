import type { Engine } from "../engine.js";
import { Failure } from "../failure.js";
import { flightsql } from "./flightsql.js";

/** Every database that can be reached. An engine imports its driver inside `connect`, so that `spec` stays light. */
export const engines: readonly Engine[] = [flightsql];

/**
 * The engine that a config asks for: by its key `engine`, else by the scheme of its `url`, else `fallback`.
 * @throws Failure(invalid_config) naming what there is.
 */
export function chooseEngine(
  config: Readonly<Record<string, unknown>>,
  fallback: string | undefined,
  registry: readonly Engine[] = engines,
): Engine {
  const { engine: name, url } = config as { engine?: unknown; url?: unknown };
  if (name !== undefined) return byName(name, registry);
  const scheme =
    typeof url === "string"
      ? /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]
      : undefined;
  if (scheme !== undefined) {
    const found = registry.find((engine) =>
      engine.schemes.includes(scheme.toLowerCase()),
    );
    if (found !== undefined) return found;
    throw new Failure(
      "invalid_config",
      `no engine knows the URL scheme ${scheme}; known are ${registry.flatMap((engine) => engine.schemes).join(", ")}`,
    );
  }
  return byName(fallback ?? registry[0]?.name, registry);
}

function byName(name: unknown, registry: readonly Engine[]): Engine {
  const found = registry.find((engine) => engine.name === name);
  if (found !== undefined) return found;
  throw new Failure(
    "invalid_config",
    `engine ${JSON.stringify(name)} is not known; known are ${registry.map((engine) => engine.name).join(", ")}`,
  );
}
