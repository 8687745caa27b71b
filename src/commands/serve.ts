import { readFileSync } from "node:fs";

import type { Context } from "../engine.js";
import { Failure } from "../failure.js";

/**
 * `serve`: an embedded Flight SQL server over DuckDB until `stop`. When it can be reached it says one line:
 * its URL.
 *
 * @throws Failure(usage | invalid_config) for a file that cannot be read, Failure(unsupported) without DuckDB.
 */
export async function serveCommand(
  options: Readonly<Record<string, unknown>>,
  stop: AbortSignal,
  context: Context,
  say: (line: string) => void,
): Promise<void> {
  const { serve } = await import("../server/index.js");
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === "string" ? value : undefined;
  };
  const port = Number(options["port"]);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Failure("usage", `--port takes a number from 0 to 65535`);
  const [cert, key] = [text("tls-cert"), text("tls-key")];
  const init = text("init");
  await using server = await serve({
    database: text("database"),
    host: text("host"),
    port,
    initSql: content(init),
    username: text("username"),
    password: text("password"),
    token: text("token"),
    tls:
      cert === undefined || key === undefined
        ? undefined
        : { cert: content(cert), key: content(key) },
    readOnly: options["read-only"] === true,
    log: context.log,
  }).catch((error: unknown) => {
    if (error instanceof Failure || init === undefined) throw error;
    throw new Failure(
      "invalid_config",
      `${Failure.from(error).message} (in the SQL file ${init})`,
      { cause: error },
    );
  });
  say(server.url);
  if (!stop.aborted)
    await new Promise<void>((resolve) => {
      stop.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
    });
}

function content(path: string): string;
function content(path: string | undefined): string | undefined;
function content(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `${path} cannot be read: ${Failure.from(error).message}`,
      { cause: error },
    );
  }
}
