import type { Schema } from "../../arrow/schema.js";
import { displayName, type TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import type { Context } from "../../engine.js";
import { Failure } from "../../failure.js";
import type { Dialect } from "../../sql/dialect.js";
import { emptySelect } from "../../sql/statements.js";
import { mayHaveAnotherWay } from "./reflected-rows.js";

/** Columns of single tables: by GetSchema where the server has it, which runs nothing, else by an empty query. */
export class TableColumns {
  readonly #client: FlightClient;
  readonly #dialect: Dialect;
  readonly #context: Context;
  /** Undefined until GetSchema was answered once. */
  #hasGetSchema: boolean | undefined;

  constructor(client: FlightClient, dialect: Dialect, context: Context) {
    this.#client = client;
    this.#dialect = dialect;
    this.#context = context;
  }

  /** @throws Failure of the server; Failure(unsupported) when it tells no columns. */
  async of(table: TableName): Promise<Schema> {
    const sql = emptySelect(this.#dialect, table);
    const told = await this.#getSchema(sql);
    if (told !== undefined) return told;
    const { schema } = await this.#client.rows(sql);
    if (schema !== undefined && schema.fields.length > 0) return schema;
    throw new Failure(
      "unsupported",
      `the server tells no columns of ${displayName(table)}; leave it out with exclude`,
    );
  }

  async #getSchema(sql: string): Promise<Schema | undefined> {
    if (this.#hasGetSchema === false) return undefined;
    try {
      const schema = await this.#client.executeSchema(sql);
      if (schema.fields.length === 0) return undefined;
      this.#hasGetSchema = true;
      return schema;
    } catch (error) {
      const failure = Failure.from(error);
      if (!mayHaveAnotherWay(failure)) throw failure;
      // Servers have many words for what they do not have; one that has answered has it.
      this.#hasGetSchema ??= false;
      this.#context.log(
        "debug",
        `columns are asked for by an empty query: ${failure.message}`,
      );
      return undefined;
    }
  }
}
