import type { Metadata } from "@grpc/grpc-js";
import type { Compression } from "../arrow/compression.js";
import { Failure } from "../failure.js";
import type { BatchSize } from "./duckdb/read/batch-size.js";

/** The form in which a call gets its rows. */
export interface Output {
  readonly batchSize: BatchSize;
  /** Of the bodies of record batches; undefined leaves them as they are. */
  readonly compression: Compression | undefined;
}

/** The header by which a client asks for compressed record batches. Its values are pyarrow's names. */
const compressionHeader = "arrow-compression";
const compressions: ReadonlyMap<string, Compression | undefined> = new Map<
  string,
  Compression | undefined
>([
  ["lz4", "lz4"],
  ["zstd", "zstd"],
  ["none", undefined],
]);

/** @throws Failure(invalid_input) for a compression that there is not. */
export function compressionOf(metadata: Metadata): Compression | undefined {
  const name = metadata.get(compressionHeader)[0]?.toString() ?? "none";
  if (compressions.has(name)) return compressions.get(name);
  throw new Failure(
    "invalid_input",
    `the header ${compressionHeader} takes ${[...compressions.keys()].join(", ")}`,
  );
}
