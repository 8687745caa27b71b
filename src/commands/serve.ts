import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { pathToFileURL } from "node:url";

import { Failure } from "../failure.js";

type ServeOptions = Parameters<typeof import("../server/index.js").serve>[0];

/** A user as a users' file describes it; its name is the key. */
export interface UserSetting {
  readonly password?: string;
  readonly password_hash?: string;
  readonly token?: string;
  readonly read_only?: boolean;
}

export interface ServeSettings {
  /** The flags of `serve` (serve-flags.ts), secrets expanded. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly users: Readonly<Record<string, UserSetting>>;
}

/**
 * `serve`: an embedded Flight SQL server over DuckDB until `stop`, then until its calls have ended. When it can
 * be reached it says one line, its URL, and writes that to the ready file, which is gone once it stops.
 *
 * @throws Failure(usage | invalid_config) for a flag or a file that cannot be used, Failure(unsupported) without DuckDB.
 */
export async function serveCommand(
  settings: ServeSettings,
  stop: AbortSignal,
  log: ServeOptions["log"],
  say: (line: string) => void,
): Promise<void> {
  const { serve } = await import("../server/index.js");
  const { text } = readers(settings.flags);
  const init = text("init");
  const readyFile = text("ready-file");
  await using server = await serve({
    ...serveOptions(settings),
    log,
  }).catch((error: unknown) => {
    if (error instanceof Failure || init === undefined) throw error;
    throw new Failure(
      "invalid_config",
      `${Failure.from(error).message} (in the SQL file ${init})`,
      { cause: error },
    );
  });
  say(server.url);
  if (readyFile !== undefined) writeReadyFile(readyFile, server.url);
  if (!stop.aborted) await once(stop, "abort");
  if (readyFile !== undefined) rmSync(readyFile, { force: true });
}

function serveOptions({
  flags,
  users,
}: ServeSettings): Omit<ServeOptions, "log"> {
  const { text, number } = readers(flags);
  const [cert, key] = [text("tls-cert"), text("tls-key")];
  const attach = flags["attach"] as readonly string[] | undefined;
  return {
    database: text("database"),
    attach: attach?.map(attachment),
    initSql: content(text("init")),
    allowFiles: flags["allow-files"] === true,
    readOnly: flags["read-only"] === true,
    host: text("host"),
    port: number("port", 0, 65_535),
    username: text("username"),
    password: text("password"),
    token: text("token"),
    users: Object.entries(users).map(([name, user]) => ({
      name,
      password: user.password,
      passwordHash: user.password_hash,
      token: user.token,
      readOnly: user.read_only,
    })),
    jwt: jwtOptions(flags),
    tls:
      cert === undefined || key === undefined
        ? undefined
        : {
            cert: content(cert),
            key: content(key),
            clientCa: content(text("tls-client-ca")),
          },
    maxQueries: number("max-queries", 1),
    maxQueuedQueries: number("max-queued-queries", 0),
    querySeconds: number("query-timeout", 0, daysMax),
    maxTransactions: number("max-transactions", 1),
    maxPolls: number("max-polls", 1),
    memoryLimit: text("memory-limit"),
    maxStoredBytes: number("max-stored-bytes", 0),
    maxMessageBytes: number("max-message-bytes", 1, 0x7fff_ffff),
    endpoints: number("endpoints", 1, 1024),
    batchRows: number("batch-rows", 1),
    batchBytes: number("batch-bytes", 1),
    idleTransactionSeconds: number("idle-transaction-timeout", 1, daysMax),
    idleSessionSeconds: number("idle-session-timeout", 1, daysMax),
    drainSeconds: number("drain-timeout", 0, daysMax),
  };
}

/** Seconds that Node's timers can wait: 24 days. */
const daysMax = 24 * 86_400;

function jwtOptions(
  flags: ServeSettings["flags"],
): ServeOptions["jwt"] | undefined {
  const { text, number } = readers(flags);
  const [key, jwks] = [text("jwt-key"), text("jwt-jwks")];
  const [issuer, audience] = [text("jwt-issuer"), text("jwt-audience")];
  if (key === undefined && jwks === undefined) {
    if ((issuer ?? audience) === undefined) return undefined;
    throw new Failure(
      "usage",
      "--jwt-issuer and --jwt-audience go with --jwt-key or --jwt-jwks",
    );
  }
  const isUrl = jwks === undefined || /^https:/i.test(jwks);
  return {
    key: content(key),
    jwks: isUrl ? jwks : pathToFileURL(jwks).href,
    jwksIntervalSeconds: number("jwt-jwks-interval", 0, daysMax),
    issuer,
    audience,
  };
}

function attachment(flag: string): { name: string; path: string } {
  const [, name, path] = /^([^=]+)=(.+)$/s.exec(flag) ?? [];
  if (name !== undefined && path !== undefined) return { name, path };
  throw new Failure("usage", `--attach takes NAME=PATH, not ${flag}`);
}

/** Flags by their type; undefined for one that was not given. */
function readers(flags: ServeSettings["flags"]) {
  return {
    text: (name: string): string | undefined => {
      const value = flags[name];
      return typeof value === "string" ? value : undefined;
    },
    /** @throws Failure(usage) unless it is whole and within the bounds. */
    number: (
      name: string,
      min: number,
      max = Number.MAX_SAFE_INTEGER,
    ): number | undefined => {
      const value = flags[name];
      if (value === undefined) return undefined;
      if (Number.isInteger(value) && Number(value) >= min)
        if (Number(value) <= max) return Number(value);
      const range =
        max === Number.MAX_SAFE_INTEGER
          ? `of at least ${String(min)}`
          : `from ${String(min)} to ${String(max)}`;
      throw new Failure("usage", `--${name} takes a whole number ${range}`);
    },
  };
}

/** Whoever waits for the file sees it whole or not at all. */
function writeReadyFile(path: string, url: string): void {
  try {
    writeFileSync(`${path}.tmp`, `${url}\n`);
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `${path} cannot be written: ${Failure.from(error).message}`,
      { cause: error },
    );
  }
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
