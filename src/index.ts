/**
 * A Flight SQL client for apache-arrow (`connect`), and the library behind the connectors: engines to read and
 * write tables as Arrow batches, the embedded server, and conversions to RecordBatch and to Parquet files.
 */
export type { Batch } from "./arrow/batch.js";
export { kindOf, type Kind } from "./arrow/kind.js";
export { readParquet, writeParquet } from "./arrow/parquet.js";
export { fromRecordBatch } from "./arrow/from-record-batch.js";
export { toRecordBatch } from "./arrow/to-record-batch.js";
export type { DataType, Field, Schema } from "./arrow/schema.js";
export type { Vector } from "./arrow/vector.js";
export type {
  SelectedStream,
  Stream,
  TableName,
  TargetStream,
  WriteMode,
} from "./catalog.js";
export type {
  Capabilities,
  Config,
  Connection,
  Context,
  Engine,
  Partition,
  Plan,
  Role,
  TableWriter,
} from "./engine.js";
export { UpdateDeleteRules } from "./drivers/flight/keys.js";
export type { ForeignKeyColumn } from "./drivers/flight/keys.js";
export type { CancelStatus } from "./drivers/flight/cancel.js";
export type { IngestMode } from "./drivers/flight/ingest.js";
export type { TableFilter } from "./drivers/flight/metadata.js";
export type {
  SessionOption,
  SessionOptions,
} from "./drivers/flight/sessions.js";
export type { Statement, SubstraitPlan } from "./drivers/flight/statement.js";
export { SqlInfo } from "./drivers/flight/sql-info.js";
export type { SqlInfoValue } from "./drivers/flight/sql-info-value.js";
export type { XdbcTypeInfo } from "./drivers/flight/xdbc-type-info.js";
export { chooseEngine, engines } from "./engines/index.js";
export { Failure, type FailureCode, type FailureKind } from "./failure.js";
export type { ArrowInput } from "./library/arrow-input.js";
export {
  connect,
  type ConnectOptions,
  type Database,
} from "./library/database.js";
export type { ParameterInput, ParameterValue } from "./library/parameters.js";
export type { Prepared } from "./library/prepared.js";
export type { Result } from "./library/result.js";
export type { ExecuteOptions, IngestOptions } from "./library/statements.js";
export type { TableInfo, TableRef } from "./library/tables.js";
export type { Savepoint, Transaction } from "./library/transaction.js";
export type { LogLevel } from "./message.js";
export { serve, type ServeOptions, type Server } from "./server/index.js";
export type { StreamState } from "./state.js";
