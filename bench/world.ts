import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { selfSigned } from "../integration/process/certificate.js";
import { product } from "./build.js";
import type { Cache } from "./cache.js";
import { EmbeddedServer } from "./embedded-server.js";
import { node, runPipeline } from "./pipeline.js";
import type { SetName } from "./sets.js";

interface SingerCatalog {
  readonly streams: readonly {
    readonly stream: string;
    readonly table_name?: string;
    readonly metadata: readonly {
      readonly breadcrumb: readonly string[];
      readonly metadata: object;
    }[];
  }[];
}

/** What the cases share while the bench runs: data, servers to read from, files of one run. */
export class World implements AsyncDisposable {
  readonly cache: Cache;
  readonly #folder = mkdtempSync(join(tmpdir(), "flightsync-bench-run-"));
  readonly #sources = new Map<string, Promise<EmbeddedServer>>();
  #certificate: ReturnType<typeof selfSigned> | undefined;
  readonly #taps = new Map<string, Promise<readonly string[]>>();

  constructor(cache: Cache) {
    this.cache = cache;
  }

  /** URL of a server over the set's table, started on first use. @param flags more options of `serve`. */
  async source(set: SetName, ...flags: readonly string[]): Promise<string> {
    const key = [set, ...flags].join(" ");
    const server =
      this.#sources.get(key) ??
      this.cache
        .database(set)
        .then((database) => EmbeddedServer.start(database, flags));
    this.#sources.set(key, server);
    return (await server).url;
  }

  /** Options of `serve` for TLS, and the certificate that a client has to trust. */
  tls(): { readonly flags: readonly string[]; readonly cert: string } {
    const { cert, key } = (this.#certificate ??= selfSigned());
    const write = (name: string, text: string) => {
      const path = join(this.#folder, name);
      writeFileSync(path, text);
      return path;
    };
    const flags = [
      ...["--tls-cert", write("cert.pem", cert)],
      ...["--tls-key", write("key.pem", key)],
    ];
    return { flags, cert };
  }

  /** Arguments of `tap-flightsql` that make it read one table of the set's server whole. */
  async tapArguments(set: SetName, table: string): Promise<readonly string[]> {
    const ready = this.#taps.get(table) ?? this.#discover(set, table);
    this.#taps.set(table, ready);
    return await ready;
  }

  /** Arguments of `target-flightsql` that make it append to the server's tables. */
  targetArguments(url: string): readonly string[] {
    return [
      "--config",
      this.#file("target.json", { url, load_method: "append-only" }),
    ];
  }

  async #discover(set: SetName, table: string): Promise<readonly string[]> {
    const config = this.#file(`tap-${set}.json`, {
      url: await this.source(set),
    });
    const command = node(
      product("tap-flightsql"),
      "--config",
      config,
      "--discover",
    );
    const { output } = await runPipeline([{ name: "discover", command }]);
    const { streams } = JSON.parse(output) as SingerCatalog;
    const found = streams.filter(
      (stream) => (stream.table_name ?? stream.stream) === table,
    );
    if (found.length !== 1)
      throw new Error(
        `discovery found ${String(found.length)} tables named ${table}`,
      );
    const selection = { selected: true, "replication-method": "FULL_TABLE" };
    const selected = found.map((stream) => ({
      ...stream,
      metadata: stream.metadata.map((entry) =>
        entry.breadcrumb.length === 0
          ? { ...entry, metadata: { ...entry.metadata, ...selection } }
          : entry,
      ),
    }));
    return [
      "--config",
      config,
      "--catalog",
      this.#file(`catalog-${table}.json`, { streams: selected }),
    ];
  }

  #file(name: string, value: object): string {
    const path = join(this.#folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#sources.values())
      await (await server)[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
