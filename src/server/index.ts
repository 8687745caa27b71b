import { Server as GrpcServer, ServerCredentials } from "@grpc/grpc-js";
import { flightService } from "../drivers/flight/service.js";
import { Failure } from "../failure.js";
import { attachFiles, filesCatalog, filesOf } from "./attach.js";
import type { Attachment } from "./attach.js";
import { Authentication } from "./authentication.js";
import type { Credentials } from "./authentication.js";
import type { Log } from "./log.js";
import { Callers } from "./callers.js";
import { Calls } from "./calls.js";
import { Database } from "./database.js";
import { flightHandlers } from "./handlers.js";
import { Health, healthService } from "./health.js";
import { QueryQueue } from "./query-queue.js";
import { QueryTimeout } from "./query-timeout.js";
import type { QueryLimits } from "./query-queue.js";
import { widenReceiveWindow } from "./receive-window.js";
import { StoredBytes } from "./stored-bytes.js";
import { Sessions } from "./sessions.js";
import { Transactions } from "./transactions.js";

export interface ServeOptions extends Credentials, QueryLimits {
  /** A DuckDB file, made when it is not there. @default ":memory:" */
  readonly database?: string | undefined;
  /** Files that are served as tables; in the catalog `files` when a database is given. */
  readonly attach?: readonly Attachment[] | undefined;
  /** Address to listen on. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** 0 takes a free one. @default 31337 */
  readonly port?: number | undefined;
  /**
   * Whether SQL may read and write files and attach databases, of this machine and of others. Without it only
   * `database`, `attach` and what `initSql` does reach any. @default false
   */
  readonly allowFiles?: boolean | undefined;
  /** SQL that runs before the first call. */
  readonly initSql?: string | undefined;
  /** Without it nothing is encrypted. */
  readonly tls?: TlsOptions | undefined;
  /** Statements that write, and ingests, are refused. @default false */
  readonly readOnly?: boolean | undefined;
  /** Endpoints that the result of a query is split into, for clients to fetch side by side, 1 to 1,024. @default 1 */
  readonly endpoints?: number | undefined;
  /** How long a statement may run, its result being read included; ingests may take longer. 0 is no limit. @default 0 */
  readonly querySeconds?: number | undefined;
  /** What DuckDB may allocate, as its setting memory_limit takes it. @default 80 % of the machine's memory */
  readonly memoryLimit?: string | undefined;
  /**
   * What all clients together may leave in memory for later, in bytes: results that were computed and wait to be
   * fetched (of statements with parameters, of several statements, with `endpoints`, of PollFlightInfo), rows that
   * make way for another call of their transaction, bound parameters, prepared texts. @default 1_073_741_824
   */
  readonly maxStoredBytes?: number | undefined;
  /** Transactions that one user may have open; whoever comes without credentials is one of them. @default 100 */
  readonly maxTransactions?: number | undefined;
  /** Statements of PollFlightInfo that one user may have, until the last poll has told their end. @default 100 */
  readonly maxPolls?: number | undefined;
  /** The largest message that a client may send, in bytes. @default 268_435_456 */
  readonly maxMessageBytes?: number | undefined;
  /** @default 8_192 */
  readonly batchRows?: number | undefined;
  /** Of a record batch; a single row may be larger. @default 2_097_152 */
  readonly batchBytes?: number | undefined;
  /** A transaction that nobody has used for so long is rolled back. @default 3600 */
  readonly idleTransactionSeconds?: number | undefined;
  /** A session that nobody has used for so long is closed. @default 3600 */
  readonly idleSessionSeconds?: number | undefined;
  /** How long calls may go on when the server closes, before they are cancelled. @default 0 */
  readonly drainSeconds?: number | undefined;
  readonly log: Log;
}

/** PEM texts. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** Authorities whose certificates clients must show; the common name is the user where nothing else tells one. */
  readonly clientCa?: string | undefined;
}

export interface Server extends AsyncDisposable {
  /** What clients connect to: `flightsql://127.0.0.1:31337?transport=tcp` */
  readonly url: string;
  readonly port: number;
  /**
   * Runs SQL as the server's owner, read only or not, with files if clients have them; settings are locked by then.
   * @throws DuckDB's own errors
   */
  run(sql: string): Promise<void>;
}

const defaultPort = 31337;

/** Batches are rarely larger than a few MiB. */
const defaultMessageBytes = 256 << 20;

const defaultIdleSeconds = 3600;

/** Transactions, and statements of PollFlightInfo, of one user. */
const defaultOpen = 100;

/** How long clients may take to read the end of their calls when the server closes. */
const goodbyeMillis = 2000;

/**
 * Starts a Flight SQL server over DuckDB. Up to four slow statements run at the same time, as Node's pool has
 * four threads; the environment variable UV_THREADPOOL_SIZE raises that.
 * @throws Failure(unsupported) without DuckDB; Failure(invalid_config) when the database, the port or the
 * certificate cannot be used; DuckDB's own error for `initSql`.
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { log, host = "127.0.0.1" } = options;
  const warn = (text: string) => {
    log("warn", text);
  };
  const authentication = await Authentication.open(
    { ...options, certificates: options.tls?.clientCa !== undefined },
    warn,
  );
  const isOpen = authentication.isOpen && options.tls?.clientCa === undefined;
  if (isOpen && !isLoopback(host))
    warn(`anybody who reaches ${host} may use this server: it has no password`);
  const database = await Database.open(
    options.database ?? ":memory:",
    options.readOnly ?? false,
  );
  try {
    if (options.memoryLimit !== undefined)
      await database.limitMemory(options.memoryLimit);
    await attachFiles(
      database,
      options.attach ?? [],
      options.database === undefined ? undefined : filesCatalog,
    );
    if (options.initSql !== undefined) await database.run(options.initSql);
    if (options.allowFiles !== true)
      await database.lockFiles(filesOf(options.attach ?? []));
    await database.lockSettings();
    const {
      idleSessionSeconds = defaultIdleSeconds,
      idleTransactionSeconds = defaultIdleSeconds,
    } = options;
    const sessions = new Sessions(database, idleSessionSeconds, warn);
    const transactions = new Transactions(
      database,
      sessions,
      {
        idleSeconds: idleTransactionSeconds,
        max: options.maxTransactions ?? defaultOpen,
      },
      warn,
    );
    const callers = new Callers({
      authentication,
      readOnly: database.readOnly,
      sessions,
      batchSize: { rows: options.batchRows, bytes: options.batchBytes },
    });
    const calls = new Calls(callers, log);
    const health = new Health();
    const grpc = new GrpcServer({
      "grpc.max_receive_message_length":
        options.maxMessageBytes ?? defaultMessageBytes,
      "grpc.max_send_message_length": -1,
    });
    grpc.addService(healthService, health.handlers);
    grpc.addService(
      flightService,
      flightHandlers({
        database,
        transactions,
        sessions,
        authentication,
        calls,
        queue: new QueryQueue(options),
        timeout: new QueryTimeout(options.querySeconds),
        stored: new StoredBytes(options.maxStoredBytes),
        endpoints: options.endpoints ?? 1,
        maxPolls: options.maxPolls ?? defaultOpen,
        warn,
      }),
    );
    const port = await bind(grpc, options, host);
    if (!widenReceiveWindow(grpc))
      log("debug", "this version of grpc-js keeps its 64 KiB receive window");
    const shutDown = async () => {
      health.drain();
      const { drainSeconds = 0 } = options;
      await calls.drain(
        drainSeconds === 0
          ? AbortSignal.abort()
          : AbortSignal.timeout(drainSeconds * 1000),
      );
      health.close();
      await stop(grpc);
      await transactions.close();
      await sessions.close();
      database.close();
    };
    let closed: Promise<void> | undefined;
    return {
      port,
      url: `flightsql://${host.includes(":") ? `[${host}]` : host}:${String(port)}?transport=${options.tls === undefined ? "tcp" : "tls"}`,
      run: async (sql) => {
        await database.run(sql);
      },
      [Symbol.asyncDispose]: () => (closed ??= shutDown()),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function isLoopback(host: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(host);
}

async function bind(
  grpc: GrpcServer,
  { port = defaultPort, tls }: ServeOptions,
  host: string,
): Promise<number> {
  const address = `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
  try {
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(
            tls.clientCa === undefined ? null : Buffer.from(tls.clientCa),
            [
              {
                cert_chain: Buffer.from(tls.cert),
                private_key: Buffer.from(tls.key),
              },
            ],
            tls.clientCa !== undefined,
          );
    return await new Promise((resolve, reject) => {
      grpc.bindAsync(address, credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  } catch (error) {
    throw new Failure(
      "invalid_config",
      `${Failure.from(error).message} (listening on ${address})`,
      { cause: error },
    );
  }
}

/** Waits for the last answers to be read, and then no longer. */
async function stop(grpc: GrpcServer): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, goodbyeMillis);
    grpc.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
  grpc.forceShutdown();
}
