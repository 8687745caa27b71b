import { Failure } from "../../failure.js";
import { Any } from "./messages.js";
import { map, optional, plain, repeated } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import type { Decoded, Encodable } from "./protobuf-fields.js";

/**
 * The messages of proto/FlightSql.proto as tables, fields in camel case. Commands, actions' bodies and
 * actions' results travel in a google.protobuf.Any; DoPutUpdateResult and DoPutPreparedStatementResult
 * travel bare in PutResult.app_metadata.
 */

const typeUrlPrefix = "type.googleapis.com/arrow.flight.protocol.sql.";

const statement = {
  query: plain(1, "string"),
  transactionId: optional(2, "bytes"),
};
const prepared = { preparedStatementHandle: plain(1, "bytes") };
const keysOfTable = {
  catalog: optional(1, "string"),
  dbSchema: optional(2, "string"),
  table: plain(3, "string"),
};

const SubstraitPlan = new MessageType("SubstraitPlan", {
  plan: plain(1, "bytes"),
  version: plain(2, "string"),
});
const substrait = {
  plan: plain(1, SubstraitPlan),
  transactionId: optional(2, "bytes"),
};

/** Values of CommandStatementIngest.TableDefinitionOptions.if_not_exist. */
export const TableNotExistOption = {
  TABLE_NOT_EXIST_OPTION_UNSPECIFIED: 0,
  TABLE_NOT_EXIST_OPTION_CREATE: 1,
  TABLE_NOT_EXIST_OPTION_FAIL: 2,
} as const;

/** Values of CommandStatementIngest.TableDefinitionOptions.if_exists. */
export const TableExistsOption = {
  TABLE_EXISTS_OPTION_UNSPECIFIED: 0,
  TABLE_EXISTS_OPTION_FAIL: 1,
  TABLE_EXISTS_OPTION_APPEND: 2,
  TABLE_EXISTS_OPTION_REPLACE: 3,
} as const;

const TableDefinitionOptions = new MessageType("TableDefinitionOptions", {
  ifNotExist: plain(1, "enum"),
  ifExists: plain(2, "enum"),
});

/** Values of ActionEndTransactionRequest.action. */
export const EndTransaction = {
  END_TRANSACTION_UNSPECIFIED: 0,
  END_TRANSACTION_COMMIT: 1,
  END_TRANSACTION_ROLLBACK: 2,
} as const;

/** Values of ActionEndSavepointRequest.action. */
const EndSavepoint = {
  END_SAVEPOINT_UNSPECIFIED: 0,
  END_SAVEPOINT_RELEASE: 1,
  END_SAVEPOINT_ROLLBACK: 2,
} as const;

/** Values of ActionCancelQueryResult.result. */
export const CancelResult = {
  CANCEL_RESULT_UNSPECIFIED: 0,
  CANCEL_RESULT_CANCELLED: 1,
  CANCEL_RESULT_CANCELLING: 2,
  CANCEL_RESULT_NOT_CANCELLABLE: 3,
} as const;

/** Every message that travels in an Any, by its name. */
export const sqlMessages = {
  CommandGetSqlInfo: new MessageType("CommandGetSqlInfo", {
    info: repeated(1, "uint32"),
  }),
  CommandGetXdbcTypeInfo: new MessageType("CommandGetXdbcTypeInfo", {
    dataType: optional(1, "int32"),
  }),
  CommandGetCatalogs: new MessageType("CommandGetCatalogs", {}),
  CommandGetDbSchemas: new MessageType("CommandGetDbSchemas", {
    catalog: optional(1, "string"),
    dbSchemaFilterPattern: optional(2, "string"),
  }),
  CommandGetTables: new MessageType("CommandGetTables", {
    catalog: optional(1, "string"),
    dbSchemaFilterPattern: optional(2, "string"),
    tableNameFilterPattern: optional(3, "string"),
    tableTypes: repeated(4, "string"),
    includeSchema: plain(5, "bool"),
  }),
  CommandGetTableTypes: new MessageType("CommandGetTableTypes", {}),
  CommandGetPrimaryKeys: new MessageType("CommandGetPrimaryKeys", keysOfTable),
  CommandGetExportedKeys: new MessageType(
    "CommandGetExportedKeys",
    keysOfTable,
  ),
  CommandGetImportedKeys: new MessageType(
    "CommandGetImportedKeys",
    keysOfTable,
  ),
  CommandGetCrossReference: new MessageType("CommandGetCrossReference", {
    pkCatalog: optional(1, "string"),
    pkDbSchema: optional(2, "string"),
    pkTable: plain(3, "string"),
    fkCatalog: optional(4, "string"),
    fkDbSchema: optional(5, "string"),
    fkTable: plain(6, "string"),
  }),
  CommandStatementQuery: new MessageType("CommandStatementQuery", statement),
  CommandStatementSubstraitPlan: new MessageType(
    "CommandStatementSubstraitPlan",
    substrait,
  ),
  TicketStatementQuery: new MessageType("TicketStatementQuery", {
    statementHandle: plain(1, "bytes"),
  }),
  CommandPreparedStatementQuery: new MessageType(
    "CommandPreparedStatementQuery",
    prepared,
  ),
  CommandStatementUpdate: new MessageType("CommandStatementUpdate", statement),
  CommandPreparedStatementUpdate: new MessageType(
    "CommandPreparedStatementUpdate",
    prepared,
  ),
  CommandStatementIngest: new MessageType("CommandStatementIngest", {
    tableDefinitionOptions: plain(1, TableDefinitionOptions),
    table: plain(2, "string"),
    schema: optional(3, "string"),
    catalog: optional(4, "string"),
    temporary: plain(5, "bool"),
    transactionId: optional(6, "bytes"),
    options: map(1000, "string"),
  }),
  ActionCreatePreparedStatementRequest: new MessageType(
    "ActionCreatePreparedStatementRequest",
    statement,
  ),
  ActionCreatePreparedSubstraitPlanRequest: new MessageType(
    "ActionCreatePreparedSubstraitPlanRequest",
    substrait,
  ),
  ActionCreatePreparedStatementResult: new MessageType(
    "ActionCreatePreparedStatementResult",
    {
      preparedStatementHandle: plain(1, "bytes"),
      datasetSchema: plain(2, "bytes"),
      parameterSchema: plain(3, "bytes"),
      isUpdate: optional(4, "bool"),
    },
  ),
  ActionClosePreparedStatementRequest: new MessageType(
    "ActionClosePreparedStatementRequest",
    prepared,
  ),
  ActionBeginTransactionRequest: new MessageType(
    "ActionBeginTransactionRequest",
    {},
  ),
  ActionBeginTransactionResult: new MessageType(
    "ActionBeginTransactionResult",
    {
      transactionId: plain(1, "bytes"),
    },
  ),
  ActionEndTransactionRequest: new MessageType("ActionEndTransactionRequest", {
    transactionId: plain(1, "bytes"),
    action: plain(2, "enum"),
  }),
  ActionBeginSavepointRequest: new MessageType("ActionBeginSavepointRequest", {
    transactionId: plain(1, "bytes"),
    name: plain(2, "string"),
  }),
  ActionBeginSavepointResult: new MessageType("ActionBeginSavepointResult", {
    savepointId: plain(1, "bytes"),
  }),
  ActionEndSavepointRequest: new MessageType("ActionEndSavepointRequest", {
    savepointId: plain(1, "bytes"),
    action: plain(2, "enum"),
  }),
  ActionCancelQueryRequest: new MessageType("ActionCancelQueryRequest", {
    info: plain(1, "bytes"),
  }),
  ActionCancelQueryResult: new MessageType("ActionCancelQueryResult", {
    result: plain(1, "enum"),
  }),
} as const;

/** In PutResult.app_metadata after an update or an ingest; -1 is unknown. */
export const DoPutUpdateResult = new MessageType("DoPutUpdateResult", {
  recordCount: plain(1, "int64"),
});

/** In PutResult.app_metadata after parameters were bound; a handle replaces the old one. */
export const DoPutPreparedStatementResult = new MessageType(
  "DoPutPreparedStatementResult",
  {
    preparedStatementHandle: optional(1, "bytes"),
  },
);

/** What travels bare in PutResult.app_metadata. */
export const putResultMessages = {
  DoPutUpdateResult,
  DoPutPreparedStatementResult,
} as const;

/** Values of the messages' enums, by the names that the proto file gives them. */
export const sqlEnums = {
  TableNotExistOption,
  TableExistsOption,
  EndTransaction,
  EndSavepoint,
  CancelResult,
} as const;

type SqlMessages = typeof sqlMessages;
export type SqlMessageName = keyof SqlMessages;

/** A message with its name: switch on `name`, and `value` has that message's fields. */
export type SqlMessage = {
  [Name in SqlMessageName]: {
    readonly name: Name;
    readonly value: Decoded<SqlMessages[Name]>;
  };
}[SqlMessageName];

/** The message `name` in an Any: FlightDescriptor.cmd, Action.body or Result.body. */
export function packAny<Name extends SqlMessageName>(
  name: Name,
  message: Encodable<SqlMessages[Name]>,
): Buffer {
  const value = sqlMessages[name].encode(message);
  return Any.encode({ typeUrl: typeUrlPrefix + name, value });
}

/**
 * Reads an Any.
 * @returns undefined when the Any holds something that is not of Flight SQL, or newer than this table.
 * @throws Failure(invalid_data) when the bytes are not an Any, or what it holds is malformed.
 */
export function unpackAny(bytes: Uint8Array): SqlMessage | undefined {
  const { typeUrl, value } = Any.decode(bytes);
  // Readers take any prefix: only what follows the last slash counts.
  const fullName = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const name = fullName.replace(/^arrow\.flight\.protocol\.sql\./, "");
  if (name === fullName || !isSqlMessageName(name)) return undefined;
  return { name, value: sqlMessages[name].decode(value) } as SqlMessage;
}

/**
 * Reads an Any that must hold the message `name`.
 * @throws Failure(invalid_data) when it holds another one.
 */
export function unpackAs<Name extends SqlMessageName>(
  name: Name,
  bytes: Uint8Array,
): Decoded<SqlMessages[Name]> {
  const message = unpackAny(bytes);
  if (message?.name !== name)
    throw new Failure(
      "invalid_data",
      `expected ${name} and got ${message?.name ?? "a message that is not of Flight SQL"}`,
    );
  return message.value as Decoded<SqlMessages[Name]>;
}

function isSqlMessageName(name: string): name is SqlMessageName {
  return Object.hasOwn(sqlMessages, name);
}
