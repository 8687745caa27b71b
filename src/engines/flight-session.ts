import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import { displayName, type Stream, type TableName } from "../catalog.js";
import type { FlightClient } from "../drivers/flight/client.js";
import type { FlightEndpoint } from "../drivers/flight/messages.js";
import type { Partition } from "../engine.js";
import { Failure } from "../failure.js";
import type { SqlSession, Transaction } from "../sql/session.js";

/** A Flight endpoint as a partition. */
class EndpointPartition implements Partition {
  readonly label: string;
  readonly endpoint: FlightEndpoint;

  constructor(label: string, endpoint: FlightEndpoint) {
    this.label = label;
    this.endpoint = endpoint;
  }
}

/** What every engine on Flight SQL shares: a `FlightClient` as a SQL session. */
export class FlightSession implements SqlSession {
  readonly #client: FlightClient;

  constructor(client: FlightClient) {
    this.#client = client;
  }

  async *reflect(only?: readonly TableName[]): AsyncGenerator<Stream> {
    if (only === undefined) yield* this.#tables({}, () => true);
    else
      for (const table of only)
        yield* this.#tables(
          {
            catalog: table.catalog,
            dbSchemaPattern: patternOf(table.namespace),
            tablePattern: patternOf(table.name),
          },
          (found) =>
            found.name === table.name &&
            (table.namespace ?? found.namespace) === found.namespace,
        );
  }

  async tablesStartingWith(
    table: TableName,
    prefix: string,
  ): Promise<readonly TableName[]> {
    const names: TableName[] = [];
    const filter = {
      catalog: table.catalog,
      dbSchemaPattern: patternOf(table.namespace),
      tablePattern: `${patternOf(prefix) ?? ""}%`,
    };
    for await (const found of this.#client.tables(filter, false))
      if (found.name.startsWith(prefix))
        names.push({
          catalog: found.catalog,
          namespace: found.dbSchema,
          name: found.name,
        });
    return names;
  }

  async query(sql: string): Promise<{
    readonly schema: Schema | undefined;
    readonly partitions: readonly Partition[];
  }> {
    const info = await this.#client.query(sql);
    const count = String(info.endpoints.length);
    return {
      schema: info.schema,
      partitions: info.endpoints.map(
        (endpoint, index) =>
          new EndpointPartition(
            `endpoint ${String(index + 1)} of ${count}`,
            endpoint,
          ),
      ),
    };
  }

  read(partition: Partition, signal: AbortSignal): AsyncIterable<Batch> {
    if (!(partition instanceof EndpointPartition))
      throw new Failure(
        "internal",
        `partition ${partition.label} belongs to another connection`,
      );
    return this.#client.read(partition.endpoint, signal);
  }

  update(sql: string, transaction?: Transaction): Promise<bigint> {
    return this.#client.update(sql, { transaction });
  }

  load(
    table: TableName,
    schema: Schema,
    batches: AsyncIterable<Batch>,
  ): Promise<bigint> {
    const target = {
      catalog: table.catalog,
      dbSchema: table.namespace,
      table: table.name,
      mode: "append",
    } as const;
    return this.#client.ingest(target, schema, batches);
  }

  async transaction<T>(
    body: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const transaction = await this.#client.beginTransaction();
    let result: T;
    try {
      result = await body(transaction);
    } catch (error) {
      // The first error is the one to tell; a rollback that fails too leaves the server to its own timeout.
      await this.#client
        .endTransaction(transaction, "rollback")
        .catch(() => undefined);
      throw error;
    }
    await this.#client.endTransaction(transaction, "commit");
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async *#tables(
    filter: {
      catalog?: string | undefined;
      dbSchemaPattern?: string | undefined;
      tablePattern?: string | undefined;
    },
    wanted: (table: TableName) => boolean,
  ): AsyncGenerator<Stream> {
    for await (const found of this.#client.tables(filter, true)) {
      const table = {
        catalog: found.catalog,
        namespace: found.dbSchema,
        name: found.name,
      };
      if (!wanted(table)) continue;
      if (found.schema === undefined)
        throw new Failure(
          "unsupported",
          `the server told no columns of ${displayName(table)}`,
        );
      const isView = /view/i.test(found.type);
      yield {
        ...table,
        schema: found.schema,
        primaryKey: isView ? [] : await this.#client.primaryKeys(table),
        isView,
      };
    }
  }
}

/**
 * A LIKE pattern that every server matches `name` with. Servers differ in what escapes a wildcard, and some have
 * nothing that does (SqlInfo 513 of FlightSql.proto), so that a special character becomes any character: what
 * else the pattern matches is left out here.
 */
function patternOf(name: string | undefined): string | undefined {
  return name?.replace(/[\\%_]/g, "_");
}
