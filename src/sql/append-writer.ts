import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { TableName, TargetStream } from "../catalog.js";
import type { OlderRows, TableWriter } from "../engine.js";
import { Load } from "./load.js";
import type { LoadOptions } from "./session.js";
import {
  addColumns,
  retireRows,
  type WriterSetting,
} from "./writer-setting.js";

/** Rows go straight into the table; a flush ends the running load. */
export class AppendWriter implements TableWriter {
  readonly #setting: WriterSetting;
  readonly #table: TableName;
  readonly #options: LoadOptions;
  #schema: Schema;
  #load: Load | undefined;

  constructor(
    setting: WriterSetting,
    table: TableName,
    schema: Schema,
    options: LoadOptions,
  ) {
    this.#setting = setting;
    this.#table = table;
    this.#schema = schema;
    this.#options = options;
  }

  async append(batch: Batch): Promise<void> {
    this.#load ??= new Load(
      this.#setting.session,
      this.#table,
      this.#schema,
      this.#options,
    );
    await this.#load.append(batch);
  }

  async alter(stream: TargetStream): Promise<void> {
    await this.flush();
    await addColumns(this.#setting, this.#table, this.#schema, stream.schema);
    this.#schema = stream.schema;
  }

  async flush(): Promise<void> {
    const load = this.#load;
    this.#load = undefined;
    await load?.finish();
  }

  async retire(older: OlderRows): Promise<void> {
    await this.flush();
    await retireRows(this.#setting, this.#table, older);
  }

  commit(): Promise<void> {
    return this.flush();
  }

  async abort(): Promise<void> {
    await this.#load?.abort();
    this.#load = undefined;
  }
}
