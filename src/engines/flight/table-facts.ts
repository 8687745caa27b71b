import type { Batch } from "../../arrow/batch.js";
import type { TableName } from "../../catalog.js";
import { requiredTextAt } from "../../drivers/flight/columns.js";
import { word } from "./reflected-rows.js";

/** What one query tells of many tables, by table. */
export class TableFacts<T> {
  readonly #read: (batch: Batch, row: number) => T;
  readonly #facts = new Map<
    string,
    { readonly catalog: string | undefined; readonly fact: T }[]
  >();

  /** @param read one row's fact; the row has a column table_name, and may have db_schema_name and catalog_name. */
  constructor(read: (batch: Batch, row: number) => T) {
    this.#read = read;
  }

  add(batch: Batch): void {
    for (let row = 0; row < batch.length; row++) {
      const id = idOf({
        namespace: word(batch, row, ["db_schema_name"]),
        name: requiredTextAt(batch, "table_name", row),
      });
      const facts = this.#facts.get(id) ?? [];
      const catalog = word(batch, row, ["catalog_name"]);
      facts.push({ catalog, fact: this.#read(batch, row) });
      this.#facts.set(id, facts);
    }
  }

  of(table: TableName): readonly T[] {
    return (this.#facts.get(idOf(table)) ?? [])
      .filter(
        ({ catalog }) =>
          catalog === undefined || catalog === (table.catalog ?? catalog),
      )
      .map(({ fact }) => fact);
  }
}

function idOf({ namespace, name }: TableName): string {
  return JSON.stringify([namespace, name]);
}
