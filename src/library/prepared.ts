import type { Schema as ApacheSchema } from "apache-arrow";
import { toApacheSchema } from "../arrow/to-record-batch.js";
import type { Schema } from "../arrow/schema.js";
import type { FlightClient } from "../drivers/flight/client.js";
import type { PreparedStatement } from "../drivers/flight/prepared.js";
import { parametersOf } from "./parameters.js";
import { Result } from "./result.js";
import type { ExecuteOptions } from "./statements.js";
import { rowCount } from "./tables.js";

/**
 * A statement that the server keeps until it is closed; `await using` does that. Its executions must not overlap:
 * read a result to its end before the next one.
 */
export class Prepared implements AsyncDisposable {
  readonly #client: FlightClient;
  readonly #statement: PreparedStatement;

  constructor(client: FlightClient, statement: PreparedStatement) {
    this.#client = client;
    this.#statement = statement;
  }

  /** Of the result; undefined when the server does not tell it before it runs. */
  get schema(): ApacheSchema | undefined {
    return apache(this.#statement.datasetSchema);
  }

  /** Of the placeholders; undefined when the server does not tell it. */
  get parameterSchema(): ApacheSchema | undefined {
    return apache(this.#statement.parameterSchema);
  }

  /** Whether `update` is to run it; undefined when the server does not say, as most do not. */
  get isUpdate(): boolean | undefined {
    return this.#statement.isUpdate;
  }

  /** Runs the query; without parameters, with those of the last time. */
  async query({ params, ...options }: ExecuteOptions = {}): Promise<Result> {
    const parameters = await this.#parameters(params);
    const result = await this.#statement.query({ ...options, parameters });
    const { signal, concurrency } = options;
    return Result.open({ client: this.#client, result, signal, concurrency });
  }

  /** Runs the statement. @returns rows that it changed, undefined when the server does not say. */
  async update({ params, ...options }: ExecuteOptions = {}): Promise<
    number | undefined
  > {
    const parameters = await this.#parameters(params);
    const execution = { ...options, parameters };
    return rowCount(await this.#statement.update(execution));
  }

  close(): Promise<void> {
    return this.#statement.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #parameters(params: ExecuteOptions["params"]) {
    if (params === undefined) return undefined;
    return parametersOf(params, this.#statement.parameterSchema);
  }
}

function apache(schema: Schema | undefined): ApacheSchema | undefined {
  return schema && toApacheSchema(schema);
}
