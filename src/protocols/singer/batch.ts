import { fileURLToPath, pathToFileURL } from "node:url";
import { batchOf } from "../../arrow/batch.js";
import type { TargetStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { FileRows, RowFiles } from "../../message.js";
import type { DecoderOptions } from "../../protocol.js";
import type { JsonNode } from "../json-node.js";
import type { JsonObject } from "../json-value.js";
import {
  type EnvelopeColumns,
  PendingInputs,
  type StreamRows,
} from "../pending-inputs.js";
import {
  batchLimits,
  type LineReader,
  RecordDecoder,
} from "../record-decoder.js";

/** What `encoding.format` can be (singer_sdk/helpers/_batch.py, and the Arrow files of Meltano's newer taps). */
const formats: Readonly<Record<RowFiles["format"], true>> = {
  jsonl: true,
  parquet: true,
  arrow: true,
};

const isFormat = (text: string): text is RowFiles["format"] =>
  Object.hasOwn(formats, text);

/** A BATCH message of these files; Arrow's has no compression of its own. */
export function batchMessage(stream: string, files: RowFiles): JsonObject {
  const { format, compression, paths } = files;
  return {
    type: "BATCH",
    stream,
    encoding: format === "arrow" ? { format } : { format, compression },
    manifest: paths.map((path) => pathToFileURL(path).href),
  };
}

/** @throws Failure(invalid_input), Failure(unsupported) for files that this machine does not have. */
export function filesOf(message: JsonNode): RowFiles {
  const encoding = message.get("encoding");
  const format = encoding.get("format").string();
  if (!isFormat(format))
    throw unsupported(
      encoding.get("format"),
      `${JSON.stringify(format)} is not read; ${Object.keys(formats).join(", ")} are`,
    );
  const compression = encoding.get("compression").optionalString() ?? "none";
  if (compression !== "gzip" && compression !== "none")
    throw unsupported(
      encoding.get("compression"),
      `${JSON.stringify(compression)} is not read; gzip and none are`,
    );
  const manifest = message.get("manifest");
  return { format, compression, paths: manifest.items().map(pathOf) };
}

function pathOf(place: JsonNode): string {
  const url = place.string();
  if (!url.startsWith("file:"))
    throw unsupported(
      place,
      `${JSON.stringify(url)} is no file of this machine; let the tap's batch_config name a storage root of file://`,
    );
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw place.failure(Failure.from(error).message);
  }
}

function unsupported(place: JsonNode, reason: string): Failure {
  return new Failure("unsupported", `${place.path}: ${reason}`);
}

/** @param version of the BATCH: that of all its rows. */
export function fileRows(
  stream: StreamRows,
  version: string | undefined,
  options: DecoderOptions,
): FileRows {
  const { target } = stream;
  const envelopes = stream.envelopes && besideFiles(stream.envelopes, version);
  const own = target.schema.fields.length - (envelopes?.fields.length ?? 0);
  const schema = { fields: target.schema.fields.slice(0, own) };
  return {
    schema,
    parse: (name) => {
      const decoder = objectLines({ ...target, schema }, envelopes, {
        ...options,
        name,
      });
      return (chunk) =>
        chunk.length === 0 ? decoder.end() : decoder.decode(chunk);
    },
    complete: (batch) => {
      if (envelopes === undefined) return batch;
      envelopes.addRows(batch.length, noBytes, noBytes);
      const vectors = [...batch.vectors, ...envelopes.take()];
      return { ...batch, ...batchOf(target.schema, vectors, batch.length) };
    },
  };
}

const noBytes = new Uint8Array();

/** What a RECORD has around its row, files have not. */
function besideFiles(
  columns: EnvelopeColumns,
  version: string | undefined,
): EnvelopeColumns {
  const prefix = Buffer.from(
    version === undefined ? '{"record":' : `{"version":${version},"record":`,
  );
  const tail = Buffer.from("}");
  return {
    fields: columns.fields,
    addRows: (count) => {
      columns.addRows(count, prefix, tail);
    },
    take: () => columns.take(),
  };
}

/** Reads lines that are rows of one stream, with nothing around them. */
function objectLines(
  target: TargetStream,
  envelopes: EnvelopeColumns | undefined,
  options: DecoderOptions,
): RecordDecoder {
  const pending = new PendingInputs(batchLimits(options), true);
  const stream = pending.declare(target, envelopes);
  // The stream was declared long before.
  pending.take();
  const reader: LineReader = {
    identity: [],
    open: () => undefined,
    confirms: () => false,
    read: ({ start, end }) => ({ stream, start, end, isNamedBefore: true }),
  };
  return new RecordDecoder(options, reader, pending);
}
