import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { selfSigned } from "../integration/process/certificate.js";
import { product } from "./build.js";
import type { Cache } from "./cache.js";
import { EmbeddedServer } from "./embedded-server.js";
import { node, runPipeline } from "./pipeline.js";
import type { SetName, Table } from "./sets.js";

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
  readonly #catalogs = new Map<string, Promise<string>>();

  constructor(cache: Cache) {
    this.cache = cache;
  }

  /** URL of a server over the set's table, started on first use. @param flags more options of `serve`. */
  async source(set: SetName, ...flags: readonly string[]): Promise<string> {
    return (await this.server(set, ...flags)).url;
  }

  /** That server itself. */
  async server(
    set: SetName,
    ...flags: readonly string[]
  ): Promise<EmbeddedServer> {
    const key = [set, ...flags].join(" ");
    const server =
      this.#sources.get(key) ??
      this.cache
        .database(set)
        .then((database) => EmbeddedServer.start(database, flags));
    this.#sources.set(key, server);
    return await server;
  }

  /** Options of `serve` for TLS, and the certificate that a client has to trust. */
  tls(): { readonly flags: readonly string[]; readonly cert: string } {
    const { cert, key } = (this.#certificate ??= selfSigned());
    const write = (name: string, text: string) => {
      const path = this.path(name);
      writeFileSync(path, text);
      return path;
    };
    const flags = [
      ...["--tls-cert", write("cert.pem", cert)],
      ...["--tls-key", write("key.pem", key)],
    ];
    return { flags, cert };
  }

  /**
   * Arguments of `tap-flightsql` that make it read one table of the set's server whole.
   * @param options `inFiles` lets it put the rows into Arrow files instead of lines.
   */
  async tapArguments(
    of: Table,
    { inFiles = false } = {},
  ): Promise<readonly string[]> {
    const url = await this.source(of.set);
    const root = pathToFileURL(this.#folder).href;
    const settings = inFiles ? { batch_config: { storage: { root } } } : {};
    return [
      "--config",
      this.config(inFiles ? "tap-files" : "tap", { url, ...settings }),
      ...(await this.catalog(of)),
    ];
  }

  /** Arguments of `target-flightsql` that make it append to the server's tables. */
  targetArguments(url: string): readonly string[] {
    const config = { url, load_method: "append-only" };
    return ["--config", this.config("target", config)];
  }

  /** Arguments of a tap that select one table. */
  async catalog(of: Table): Promise<readonly string[]> {
    const ready = this.#catalogs.get(of.table) ?? this.#discover(of);
    this.#catalogs.set(of.table, ready);
    return ["--catalog", await ready];
  }

  /** Path of a config file. */
  config(name: string, value: object): string {
    return this.#file(`${name}.config.json`, value);
  }

  /** Path of a file that is gone when the bench ends. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  async #discover({ set, table }: Table): Promise<string> {
    const config = this.config("discover", { url: await this.source(set) });
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
    return this.#file(`${table}.catalog.json`, { streams: selected });
  }

  #file(name: string, value: object): string {
    const path = this.path(name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#sources.values())
      await (await server)[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}
