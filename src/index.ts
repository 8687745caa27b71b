/**
 * The library behind the connectors: engines to read and write tables as Arrow batches, the embedded server,
 * and conversions to apache-arrow's RecordBatch and to Parquet files.
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
export { chooseEngine, engines } from "./engines/index.js";
export { Failure, type FailureCode, type FailureKind } from "./failure.js";
export type { LogLevel } from "./message.js";
export { serve, type ServeOptions, type Server } from "./server/index.js";
export type { StreamState } from "./state.js";
