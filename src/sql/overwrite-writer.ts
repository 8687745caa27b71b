import type { Batch } from "../arrow/batch.js";
import type { Schema } from "../arrow/schema.js";
import type { Stream, TableName, TargetStream } from "../catalog.js";
import type { TableWriter } from "../engine.js";
import { AppendWriter } from "./append-writer.js";
import type { Swap } from "./session.js";
import { retiredTable, stagingTable } from "./staging.js";
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
  readonly #swaps: Readonly<Record<Swap, () => Promise<void>>> = {
    transaction: () => this.#swapInTransaction(),
    insert_overwrite: () => this.#insertOverwrite(),
    rename: () => this.#rename(),
  };

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
    this.#rows = new AppendWriter(setting, staging, stream.schema, {
      staged: true,
    });
  }

  append(batch: Batch): Promise<void> {
    return this.#rows.append(batch);
  }

  async alter(stream: TargetStream): Promise<void> {
    await this.#rows.alter(stream);
    this.#stream = stream;
  }

  retire(): Promise<void> {
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return this.#rows.flush();
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.#swaps[this.#setting.session.swap]();
  }

  async abort(): Promise<void> {
    await this.#rows.abort();
    const { session, dialect } = this.#setting;
    await session.update(statements.dropTable(dialect, this.#staging));
  }

  /** One transaction: readers see the old table until it commits, then the new one. */
  async #swapInTransaction(): Promise<void> {
    const { session, dialect } = this.#setting;
    const swap = this.#keepsTable()
      ? [
          statements.deleteRows(dialect, this.#table),
          statements.insertSelect(
            dialect,
            this.#table,
            this.#staging,
            this.#columns,
          ),
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

  /** One statement puts the staged rows in; a table of other columns is replaced whole. */
  async #insertOverwrite(): Promise<void> {
    const { session, dialect } = this.#setting;
    const table = this.#table;
    if (this.#existing === undefined)
      await session.update(
        statements.createTable(dialect, table, this.#stream.schema),
      );
    const there = this.#existing?.schema ?? this.#stream.schema;
    const fits = this.#existing === undefined || this.#hasSameColumns();
    await session.update(
      fits
        ? statements.insertOverwrite(
            dialect,
            table,
            this.#staging,
            there.fields.map((column) => column.name),
          )
        : statements.createOrReplace(
            dialect,
            table,
            this.#staging,
            this.#columns,
          ),
    );
    await session.update(statements.dropTable(dialect, this.#staging));
  }

  /** The next run puts the old table back when this one dies between the renames. */
  async #rename(): Promise<void> {
    const { session, dialect } = this.#setting;
    const old = retiredTable(this.#staging);
    if (this.#existing !== undefined)
      await session.update(
        statements.renameTable(dialect, this.#table, old.name),
      );
    await session.update(
      statements.renameTable(dialect, this.#staging, this.#table.name),
    );
    if (this.#existing !== undefined)
      await session.update(statements.dropTable(dialect, old));
  }

  /** A swap by name would lose the old table's key; with the same columns its rows are replaced instead. */
  #keepsTable(): boolean {
    const key = this.#existing?.primaryKey ?? [];
    return key.length > 0 && this.#hasSameColumns();
  }

  #hasSameColumns(): boolean {
    const names = (schema: Schema | undefined) =>
      schema?.fields
        .map((column) => column.name)
        .sort()
        .join("\0");
    return names(this.#existing?.schema) === names(this.#stream.schema);
  }

  get #columns(): readonly string[] {
    return this.#stream.schema.fields.map((column) => column.name);
  }
}
