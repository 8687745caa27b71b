import { batchOf, type Batch } from "../arrow/batch.js";
import { field, int64, utf8 } from "../arrow/schema.js";
import type { TableName, TargetStream } from "../catalog.js";
import type { OlderRows, TableWriter } from "../engine.js";
import { Load } from "./load.js";
import { stagingTable } from "./staging.js";
import * as statements from "./statements.js";
import {
  addColumns,
  retireRows,
  type WriterSetting,
} from "./writer-setting.js";

/** Rows go into a staging table, and a flush merges them in one transaction. */
export class UpsertWriter implements TableWriter {
  readonly #setting: WriterSetting;
  readonly #table: TableName;
  #stream: TargetStream;
  #staging: TableName;
  #load: Load | undefined;
  #sequence = 0n;
  #partial = false;

  static async open(
    setting: WriterSetting,
    table: TableName,
    stream: TargetStream,
  ): Promise<UpsertWriter> {
    const writer = new UpsertWriter(setting, table, stream);
    await writer.#createStaging();
    return writer;
  }

  private constructor(
    setting: WriterSetting,
    table: TableName,
    stream: TargetStream,
  ) {
    this.#setting = setting;
    this.#table = table;
    this.#stream = stream;
    this.#staging = stagingTable(table, stream.id);
  }

  async append(batch: Batch): Promise<void> {
    this.#partial ||= batch.absent !== undefined;
    const staged = withArrival(batch, this.#sequence);
    this.#sequence += BigInt(batch.length);
    this.#load ??= new Load(
      this.#setting.session,
      this.#staging,
      staged.schema,
      { staged: true },
    );
    await this.#load.append(staged);
  }

  async alter(stream: TargetStream): Promise<void> {
    await this.flush();
    await addColumns(
      this.#setting,
      this.#table,
      this.#stream.schema,
      stream.schema,
    );
    this.#stream = stream;
    await this.#dropStaging();
    await this.#createStaging();
  }

  async retire(older: OlderRows): Promise<void> {
    await this.flush();
    await retireRows(this.#setting, this.#table, older);
  }

  async flush(): Promise<void> {
    const load = this.#load;
    if (load === undefined) return;
    this.#load = undefined;
    await load.finish();
    const { session, dialect } = this.#setting;
    const columns = this.#stream.schema.fields.map((column) => column.name);
    const emptied = await session.transaction(async (transaction) => {
      for (const statement of statements.merge(
        dialect,
        this.#table,
        this.#staging,
        columns,
        this.#stream.primaryKey,
        this.#partial,
      ))
        await session.update(statement, transaction);
      if (transaction !== undefined)
        await session.update(
          statements.deleteRows(dialect, this.#staging),
          transaction,
        );
      return transaction !== undefined;
    });
    // Engines without transactions often have no DELETE either.
    if (!emptied) {
      await this.#dropStaging();
      await this.#createStaging();
    }
    this.#partial = false;
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.#dropStaging();
  }

  async abort(): Promise<void> {
    await this.#load?.abort();
    this.#load = undefined;
    await this.#dropStaging();
  }

  async #createStaging(): Promise<void> {
    const { session, dialect } = this.#setting;
    const fields = [...this.#stream.schema.fields, ...arrivalFields];
    await session.update(
      statements.createTable(dialect, this.#staging, { fields }),
    );
  }

  async #dropStaging(): Promise<void> {
    const { session, dialect } = this.#setting;
    await session.update(statements.dropTable(dialect, this.#staging));
  }
}

const arrivalFields = [
  field(statements.sequenceColumn, int64, false),
  field(statements.absentColumn, utf8),
];

/** The batch with the two columns that staging adds. */
function withArrival(batch: Batch, first: bigint): Batch {
  const { length } = batch;
  const sequence = BigInt64Array.from(
    { length },
    (_, row) => first + BigInt(row),
  );
  const columns = batch.schema.fields.map((column) => column.name);
  const { absent } = batch;
  const offsets = new Int32Array(length + 1);
  let marks = new Uint8Array(0);
  if (absent !== undefined) {
    const width = columns.length;
    marks = new Uint8Array(length * width).fill(0x30);
    columns.forEach((name, column) => {
      const bitmap = absent.get(name);
      if (bitmap === undefined) return;
      for (let row = 0; row < length; row++)
        if ((((bitmap[row >> 3] as number) >> (row & 7)) & 1) === 1)
          marks[row * width + column] = 0x31;
    });
    for (let row = 0; row <= length; row++) offsets[row] = row * width;
  }
  const staged = batchOf(
    { fields: [...batch.schema.fields, ...arrivalFields] },
    [
      ...batch.vectors,
      {
        layout: "fixed",
        type: int64,
        length,
        validity: undefined,
        width: 8,
        data: new Uint8Array(sequence.buffer),
      },
      {
        layout: "bytes",
        type: utf8,
        length,
        validity:
          absent === undefined ? new Uint8Array((length + 7) >> 3) : undefined,
        offsets,
        data: marks,
      },
    ],
    length,
  );
  return batch.memory === undefined
    ? staged
    : { ...staged, memory: batch.memory };
}
