import type { Batch } from "../../arrow/batch.js";
import type { Schema } from "../../arrow/schema.js";
import { displayName, type TableName } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { LoadOptions } from "../../sql/session.js";
import { loadWays, type LoadVia } from "./load-ways.js";
import { loadInParallel } from "./parallel-load.js";
import {
  IngestRung,
  InsertRung,
  PreparedRung,
  type Rung,
  type RungOptions,
} from "./rungs.js";
import { StagingRung } from "./staging-rung.js";

export interface WriteLadderOptions extends RungOptions {
  /** Undefined takes the best that the server has. */
  readonly via: LoadVia | undefined;
  /** Where Parquet files are put for the server to read; undefined when it is not declared. */
  readonly stagingFolder: string | undefined;
  /** Calls that load one staging table side by side; on engines of one writer it is one all the same. */
  readonly maxParallelism: number;
}

/** The ways into a server's tables, best first; each load takes the first that works for its table. */
export class WriteLadder {
  readonly #options: WriteLadderOptions;
  readonly #rungs: Readonly<Record<LoadVia, Rung>>;
  readonly #told = new Set<LoadVia>();

  constructor(options: WriteLadderOptions) {
    this.#options = options;
    this.#rungs = {
      ingest: new IngestRung(options),
      prepared_insert: new PreparedRung(
        options,
        options.via === "prepared_insert",
      ),
      staging: new StagingRung(options, options.stagingFolder),
      insert: new InsertRung(options, "update"),
      insert_query: new InsertRung(options, "query"),
    };
  }

  /** How rows were loaded so far, in words. */
  get used(): readonly string[] {
    return [...this.#told].map((name) => this.#rungs[name].description);
  }

  /** @returns rows that the server says it took, or -1n. */
  async load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
    { staged }: LoadOptions,
  ): Promise<bigint> {
    const source = batches[Symbol.asyncIterator]();
    const first = await source.next();
    if (first.done === true) return 0n;
    const name = await this.#choose(table, first.value).catch(
      async (error: unknown) => {
        await source.return?.();
        throw error;
      },
    );
    const rung = this.#rungs[name];
    if (!this.#told.has(name))
      this.#options.context.log(
        "info",
        `rows are loaded by ${rung.description}`,
      );
    this.#told.add(name);
    const all = startingWith(first.value, source);
    const { dialect, maxParallelism, context } = this.#options;
    if (!staged || maxParallelism < 2 || dialect.singleWriter)
      return rung.load(table, schema, all);
    return loadInParallel(maxParallelism, all, context.signal, (lane) =>
      rung.load(table, schema, lane),
    );
  }

  async #choose(table: TableName, first: Batch): Promise<LoadVia> {
    const { via } = this.#options;
    for (const name of via === undefined ? loadWays : [via])
      if (await this.#rungs[name].canLoad(table, first)) return name;
    throw new Failure(
      "unsupported",
      via === undefined
        ? `the server has no way to load ${displayName(table)}`
        : `the server cannot load ${displayName(table)} by ${this.#rungs[via].description}, which load_via asks for; leave load_via out`,
    );
  }
}

/** The batches with the one that was taken to look at. */
async function* startingWith(
  first: Batch,
  rest: AsyncIterator<Batch, unknown>,
): AsyncGenerator<Batch, void, undefined> {
  try {
    yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
