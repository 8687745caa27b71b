import { DescriptorType } from "./messages.js";
import type { FlightDescriptor } from "./messages.js";
import {
  packAny,
  TableExistsOption as Exists,
  TableNotExistOption as NotExist,
} from "./sql-messages.js";

/** What happens when the table is there already, or is not. */
export type IngestMode = "create" | "append" | "replace" | "create_append";

/** Where rows are loaded. */
export interface IngestTarget {
  readonly catalog?: string | undefined;
  readonly dbSchema?: string | undefined;
  readonly table: string;
  readonly mode: IngestMode;
  /** A table of the session. @default false */
  readonly temporary?: boolean | undefined;
  /** Without one the server commits by itself. */
  readonly transaction?: Readonly<Uint8Array> | undefined;
  /** What only this server knows; servers ignore or refuse names they do not. */
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** ADBC's modes as Flight SQL's options (go/adbc/driver/flightsql/flightsql_bulk_ingest.go of apache/arrow-adbc). */
const tableOptions = {
  create: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_CREATE,
    ifExists: Exists.TABLE_EXISTS_OPTION_FAIL,
  },
  append: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_FAIL,
    ifExists: Exists.TABLE_EXISTS_OPTION_APPEND,
  },
  replace: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_CREATE,
    ifExists: Exists.TABLE_EXISTS_OPTION_REPLACE,
  },
  create_append: {
    ifNotExist: NotExist.TABLE_NOT_EXIST_OPTION_CREATE,
    ifExists: Exists.TABLE_EXISTS_OPTION_APPEND,
  },
} as const satisfies Record<IngestMode, object>;

/** A command as FlightDescriptor carries it. */
export function commandDescriptor(cmd: Uint8Array): FlightDescriptor {
  return { type: DescriptorType.CMD, cmd };
}

/** The descriptor that the first message of an ingest carries. */
export function ingestDescriptor(target: IngestTarget): FlightDescriptor {
  const {
    catalog,
    dbSchema,
    table,
    mode,
    temporary = false,
    transaction,
    options = {},
  } = target;
  return commandDescriptor(
    packAny("CommandStatementIngest", {
      tableDefinitionOptions: tableOptions[mode],
      table,
      schema: dbSchema,
      catalog,
      temporary,
      transactionId: transaction,
      options: new Map(Object.entries(options)),
    }),
  );
}
