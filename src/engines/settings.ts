import type { Role } from "../engine.js";

/** A JSON Schema property as `spec` prints it. */
type Setting = Readonly<Record<string, unknown>> & {
  readonly title: string;
  readonly description: string;
};

export type Settings = Readonly<Record<string, Setting>>;

/**
 * Settings that the commands understand, the same for every engine; an engine adds those of its connection.
 * Descriptions are what `spec`, `--about` and the README's table show.
 */
export const commandSettings: Readonly<Record<Role, Settings>> = {
  source: {
    concurrency: {
      title: "Concurrency",
      description:
        "Streams read side by side, and partitions read side by side over all streams.",
      type: "integer",
      minimum: 1,
      maximum: 64,
      default: 4,
    },
    memory_bytes_max: {
      title: "Memory for batches in flight",
      description:
        "Bytes of Arrow batches that wait for their turn on stdout, over all streams.",
      type: "integer",
      minimum: 1_048_576,
      default: 67_108_864,
    },
    null_cursor: {
      title: "Rows without a replication key value",
      description:
        "include_once reads rows whose replication key is NULL on the first run only, skip never reads them, fail ends the stream and counts them.",
      type: "string",
      enum: ["include_once", "skip", "fail"],
      default: "include_once",
    },
    start_date: {
      title: "Start date",
      description:
        "Where a stream begins that has no state and whose replication key holds dates or times; an ISO date or time. Other streams begin with their first row; start_value in stream_options says it for any.",
      type: "string",
      pattern: "^\\d{4}-\\d\\d-\\d\\d",
      examples: ["2024-01-01", "2024-01-01T00:00:00Z"],
    },
    lag: {
      title: "Lag",
      description:
        "By how much the last value is lowered before rows behind it are read, for rows that come late: seconds of times, days of dates, units of numbers. What lies between is sent again, so load it by upsert.",
      type: "integer",
      minimum: 0,
      default: 0,
    },
    default_replication_method: {
      title: "Replication method without a choice",
      description:
        "How a stream is read whose catalog names no method. Without it, along its replication key if it has one, else whole. Singer only: Airbyte says it per stream.",
      type: "string",
      enum: ["FULL_TABLE", "INCREMENTAL"],
    },
    stream_options: {
      title: "Options of single streams",
      description:
        "By globs of stream ids, over the catalog and over what holds for all; of two that match and say something the later one. key_properties, replication_method and replication_key are Singer only.",
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: {
          key_properties: {
            type: "array",
            items: { type: "string", minLength: 1 },
          },
          replication_method: {
            type: "string",
            enum: ["FULL_TABLE", "INCREMENTAL"],
          },
          replication_key: { type: "string", minLength: 1 },
          start_value: { type: "string" },
          lag: { type: "integer", minimum: 0 },
          boundary: {
            type: "string",
            enum: ["dedupe", "inclusive", "exclusive"],
          },
        },
      },
      examples: [{ "sales-*": { replication_key: "updated_at", lag: 3600 } }],
    },
    boundary: {
      title: "Rows at the last value",
      description:
        "What becomes of rows whose replication key is the last value of the state, of which more may have come: dedupe reads them and leaves out those that were sent as they are (hashes in the state, of up to 10,000 rows), inclusive sends them all again, exclusive does not look at them.",
      type: "string",
      enum: ["dedupe", "inclusive", "exclusive"],
      default: "dedupe",
    },
    state_every_rows: {
      title: "Rows between states",
      description:
        "An incremental stream is read in the order of its replication key and tells how far it is after so many rows, so that a run that ends early is gone on with. 0 leaves that to state_every_seconds; both 0 read in any order, in parallel where the server can, and tell one state at the end.",
      type: "integer",
      minimum: 0,
      default: 100_000,
    },
    state_every_seconds: {
      title: "Seconds between states",
      description:
        "As state_every_rows, after so many seconds, whichever comes first. 0 leaves that to state_every_rows.",
      type: "number",
      minimum: 0,
      default: 60,
    },
    batch_config: {
      title: "Batch files",
      description:
        "Rows are written to files of up to batch_size rows or batch_bytes_max bytes, of which BATCH messages tell: Arrow files in the folder for temporary files for {}, or jsonl (with gzip where compression does not say none) and parquet for other targets. storage.root is a file:// URL of a folder. The target deletes the files. Singer only.",
      type: "object",
      additionalProperties: false,
      properties: {
        encoding: {
          type: "object",
          default: {},
          additionalProperties: false,
          properties: {
            format: {
              type: "string",
              enum: ["arrow", "jsonl", "parquet"],
              default: "arrow",
            },
            compression: { enum: ["gzip", "none", null] },
          },
        },
        storage: {
          type: "object",
          default: {},
          additionalProperties: false,
          properties: {
            root: { type: "string", minLength: 1 },
            prefix: { type: "string", default: "" },
          },
        },
        batch_size: { type: "integer", minimum: 1, default: 500_000 },
        batch_bytes_max: {
          type: "integer",
          minimum: 1_048_576,
          default: 268_435_456,
        },
      },
      examples: [
        {},
        {
          encoding: { format: "jsonl", compression: "gzip" },
          storage: { root: "file:///shared/batches", prefix: "nightly-" },
        },
      ],
    },
    non_finite: {
      title: "NaN and infinities",
      description:
        'JSON has no such numbers: string writes "NaN", "Infinity" and "-Infinity", null writes null, fail ends the stream.',
      type: "string",
      enum: ["string", "null", "fail"],
      default: "string",
    },
    emit_activate_version_messages: {
      title: "Emit ACTIVATE_VERSION",
      description:
        "Gives the rows of each full table a version that grows from run to run, and says ACTIVATE_VERSION behind the last one (without a version in the state before the first one too), so that targets delete or mark rows that the table has no more. Not together with batch_config. Singer only.",
      type: "boolean",
      default: false,
    },
  },
  destination: {
    load_method: {
      title: "Load method",
      description:
        "auto merges by key where the stream has key properties and appends elsewhere; append-only adds rows; upsert merges by key; overwrite replaces the table when the stream is complete. Singer only: Airbyte says it per stream.",
      type: "string",
      enum: ["auto", "append-only", "upsert", "overwrite"],
      default: "auto",
    },
    stream_options: {
      title: "Options of single streams",
      description:
        "By globs of stream ids, over what holds for all; of two that match and say something the later one. Singer only.",
      type: "object",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: {
          load_method: {
            type: "string",
            enum: ["auto", "append-only", "upsert", "overwrite"],
          },
        },
      },
      examples: [{ "sales-*": { load_method: "append-only" } }],
    },
    default_target_schema: {
      title: "Default target schema",
      description:
        "Database schema of every table, instead of the one that the stream names.",
      type: "string",
    },
    batch_size_rows: {
      title: "Rows per flush",
      description: "A stream is made durable after so many rows.",
      type: "integer",
      minimum: 1,
      default: 1_000_000,
    },
    batch_bytes_max: {
      title: "Bytes per flush",
      description:
        "A stream is made durable after so many bytes of Arrow batches.",
      type: "integer",
      minimum: 1_048_576,
      default: 268_435_456,
    },
    state_wait_seconds: {
      title: "Longest wait of a state",
      description:
        "A state is given out at most so many seconds after it came: streams that hold it back are flushed.",
      type: "number",
      minimum: 0,
      default: 60,
    },
    add_record_metadata: {
      title: "Add metadata columns",
      description:
        "Adds the columns _sdc_extracted_at, _sdc_received_at, _sdc_batched_at, _sdc_deleted_at, _sdc_sequence, _sdc_table_version and _sdc_sync_started_at, except those that the tap sends itself. Singer only.",
      type: "boolean",
      default: false,
    },
    hard_delete: {
      title: "Delete rows of earlier versions",
      description:
        "What an ACTIVATE_VERSION does to rows with a smaller _sdc_table_version: true deletes them, false sets their _sdc_deleted_at. Needs add_record_metadata; an overwrite replaces the table anyway. Singer only.",
      type: "boolean",
      default: false,
    },
    process_activate_version_messages: {
      title: "Process ACTIVATE_VERSION",
      description:
        "false leaves rows of earlier versions as they are. Singer only.",
      type: "boolean",
      default: true,
    },
    validate_records: {
      title: "Validate records",
      description:
        "A record that lacks a property that its SCHEMA requires cannot be loaded; false asks for keys only. Types are always checked. Singer only.",
      type: "boolean",
      default: true,
    },
    on_invalid: {
      title: "Records that cannot be loaded",
      description:
        "fail ends the run at the first one; dead_letter writes such lines to dead_letter_path, with the reason, and goes on: the run then ends with exit code 65.",
      type: "string",
      enum: ["fail", "dead_letter"],
      default: "fail",
    },
    dead_letter_path: {
      title: "File for dead letters",
      description:
        "JSON lines, readable by their owner only: time, stream, line, offset in bytes, code, reason, and the line itself as text (base64 where it is no UTF-8). Later runs add to it.",
      type: "string",
      minLength: 1,
      default: "dead_letters.jsonl",
    },
    clean_up_batch_files: {
      title: "Delete batch files",
      description:
        "Whether files that BATCH messages name are deleted once their rows are durable; those of a run that fails before are left. Singer only.",
      type: "boolean",
      default: true,
    },
    overwrite_commit: {
      title: "When an overwrite is complete",
      description:
        "complete swaps a table in only when the input said that its stream is whole; eof takes the end of the input for it, for taps that never say so.",
      type: "string",
      enum: ["complete", "eof"],
      default: "complete",
    },
  },
};
