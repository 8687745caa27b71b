import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { Stream, TableName, TargetStream } from "../catalog.js";
import type { TableWriter } from "../engine.js";
import { AppendWriter } from "./append-writer.js";
import { stagingTable } from "./staging.js";
import * as statements from "./statements.js";
import type { WriterSetting } from "./writer-setting.js";

/** Rows go into a staging table that takes the place of the old one when the stream is complete. */
export class OverwriteWriter implements TableWriter {
  readonly #setting: WriterSetting;
  readonly #table: TableName;
  readonly #staging: TableName;
  readonly #existing: Stream | undefined;
  #stream: TargetStream;
  readonly #rows: AppendWriter;

  static async open(
    setting: WriterSetting,
    table: TableName,
    stream: TargetStream,
    existing: Stream | undefined,
  ): Promise<OverwriteWriter> {
    const { session, dialect } = setting;
    const staging = stagingTable(table, stream.id);
    await session.update(
      statements.createTable(
        dialect,
        staging,
        stream.schema,
        stream.primaryKey,
      ),
    );
    return new OverwriteWriter(setting, table, staging, stream, existing);
  }

  private constructor(
    setting: WriterSetting,
    table: TableName,
    staging: TableName,
    stream: TargetStream,
    existing: Stream | undefined,
  ) {
    this.#setting = setting;
    this.#table = table;
    this.#staging = staging;
    this.#stream = stream;
    this.#existing = existing;
    this.#rows = new AppendWriter(setting, staging, stream.schema);
  }

  append(batch: Batch): Promise<void> {
    return this.#rows.append(batch);
  }

  async alter(stream: TargetStream): Promise<void> {
    await this.#rows.alter(stream);
    this.#stream = stream;
  }

  flush(): Promise<void> {
    return this.#rows.flush();
  }

  /** One transaction: readers see the old table until it commits, then the new one. */
  async commit(): Promise<void> {
    await this.flush();
    const { session, dialect } = this.#setting;
    const columns = this.#stream.schema.fields.map((column) => column.name);
    const swap = this.#keepsTable()
      ? [
          statements.deleteRows(dialect, this.#table),
          statements.insertSelect(dialect, this.#table, this.#staging, columns),
          statements.dropTable(dialect, this.#staging),
        ]
      : [
          statements.dropTable(dialect, this.#table),
          statements.renameTable(dialect, this.#staging, this.#table.name),
        ];
    await session.transaction(async (transaction) => {
      for (const statement of swap)
        await session.update(statement, transaction);
    });
  }

  async abort(): Promise<void> {
    await this.#rows.abort();
    const { session, dialect } = this.#setting;
    await session.update(statements.dropTable(dialect, this.#staging));
  }

  /** A swap by name would lose the old table's key; with the same columns its rows are replaced instead. */
  #keepsTable(): boolean {
    const existing = this.#existing;
    if (existing === undefined || existing.primaryKey.length === 0)
      return false;
    const names = (schema: Schema) =>
      schema.fields
        .map((column) => column.name)
        .sort()
        .join("\0");
    return names(existing.schema) === names(this.#stream.schema);
  }
}
