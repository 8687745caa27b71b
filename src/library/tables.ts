import type { Schema as ApacheSchema } from "apache-arrow";
import type { TableName } from "../catalog.js";

/** A table by its name alone, or with where it is. */
export type TableRef =
  | string
  | {
      readonly catalog?: string | undefined;
      readonly dbSchema?: string | undefined;
      readonly table: string;
    };

/** A table or view that a server has. */
export interface TableInfo {
  readonly catalog: string | undefined;
  readonly dbSchema: string | undefined;
  readonly table: string;
  /** The server's word: "TABLE", "BASE TABLE", "VIEW", … */
  readonly type: string;
  /** Undefined when it was not asked for, or the server did not tell. */
  readonly schema: ApacheSchema | undefined;
}

export function tableName(ref: TableRef): TableName {
  if (typeof ref === "string") return { name: ref };
  const { catalog, dbSchema: namespace, table: name } = ref;
  return { catalog, namespace, name };
}

/** Flight SQL says -1 for an unknown number. */
export function rowCount(count: bigint): number | undefined {
  return count < 0n ? undefined : Number(count);
}
