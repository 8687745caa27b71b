import type { TableName } from "../../catalog.js";
import type { FlightClient } from "../../drivers/flight/client.js";
import {
  column,
  integerAt,
  requiredTextAt,
} from "../../drivers/flight/columns.js";
import type { TableFacts } from "./table-facts.js";

export interface KeyColumn {
  readonly column: string;
  readonly sequence: number;
}

/** A row of a dialect's query for all primary keys. */
export const readKeyColumn: ConstructorParameters<
  typeof TableFacts<KeyColumn>
>[0] = (batch, row) => ({
  column: requiredTextAt(batch, "column_name", row),
  sequence: Number(integerAt(column(batch, "key_sequence"), row) ?? 0),
});

/** A query for the keys of all tables. */
export interface KeyQuery {
  /** Undefined when it does not work. */
  readonly run: () => Promise<TableFacts<KeyColumn> | undefined>;
  /** A table that it does not tell has no key. */
  readonly isComplete: boolean;
}

/**
 * Primary keys: of many tables by one query, where that tells them, else by GetPrimaryKeys, which takes a call for
 * each table, until the server says that it does not tell keys.
 */
export class PrimaryKeys {
  readonly #client: FlightClient;
  readonly #query: KeyQuery | undefined;
  #areTold = true;

  constructor(client: FlightClient, query: KeyQuery | undefined) {
    this.#client = client;
    this.#query = query;
  }

  /** @returns keys of any table: column names in key order, none when there is no key or it is not told. */
  async ofAll(): Promise<(table: TableName) => Promise<readonly string[]>> {
    const keys = await this.#query?.run();
    return async (table) => {
      const found = keyIn(keys?.of(table) ?? []);
      if (found.length > 0) return found;
      if (keys !== undefined && this.#query?.isComplete === true) return [];
      return (await this.#call(table)) ?? [];
    };
  }

  /** As `ofAll`, for a table alone. */
  async of(table: TableName): Promise<readonly string[]> {
    const told = await this.#call(table);
    return told ?? keyIn((await this.#query?.run())?.of(table) ?? []);
  }

  async #call(table: TableName): Promise<readonly string[] | undefined> {
    if (!this.#areTold) return undefined;
    const key = await this.#client.primaryKeysIfTold(table);
    if (key === undefined) this.#areTold = false;
    return key;
  }
}

function keyIn(columns: readonly KeyColumn[]): readonly string[] {
  return [...columns]
    .sort((a, b) => a.sequence - b.sequence)
    .map((one) => one.column);
}
