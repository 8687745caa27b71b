import { Failure } from "../failure.js";
import { FlatTable } from "./flatbuffer.js";
import {
  FlatBuilder,
  flatInt16,
  flatInt64,
  flatRef,
  flatUint8,
  type FlatRef,
} from "./flatbuffer-builder.js";

/**
 * The envelope of every IPC message (format/Message.fbs of Apache Arrow):
 * https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
 */
export interface IpcMessage {
  readonly kind: "schema" | "dictionary" | "batch";
  /** Unions have a validity buffer up to V4. */
  readonly version: "V4" | "V5";
  readonly header: FlatTable;
  /** Bytes of the body behind the message. */
  readonly bodyLength: number;
}

/** `MessageHeader` of Message.fbs; tensors (4, 5) are no columns. */
const headerKinds = [undefined, "schema", "dictionary", "batch"] as const;

/** `MetadataVersion` of Schema.fbs: V4 is 3, V5 is 4. */
const versions = [undefined, undefined, undefined, "V4", "V5"] as const;

/** The number of the version that is written. */
export const version5 = versions.indexOf("V5");

/** Reads a bare message: the flatbuffer alone, as FlightData.data_header holds it. */
export function decodeMessage(bytes: Uint8Array): IpcMessage {
  const message = FlatTable.root(bytes);
  const versionNumber = message.int16(0);
  const version = versions[versionNumber];
  if (version === undefined) {
    throw new Failure(
      "unsupported",
      `the server sends Arrow metadata version V${String(versionNumber + 1)}; V4 (Arrow 0.8) and V5 are understood`,
    );
  }
  const headerNumber = message.uint8(1);
  const kind = headerKinds[headerNumber];
  const header = message.table(2);
  if (kind === undefined || header === undefined) {
    throw new Failure(
      "invalid_data",
      `malformed Arrow metadata: message type ${String(headerNumber)} is neither schema, dictionary nor record batch`,
    );
  }
  return { kind, version, header, bodyLength: message.length(3) };
}

/** Ends a bare message of version V5. */
export function finishMessage(
  builder: FlatBuilder,
  kind: IpcMessage["kind"],
  header: FlatRef,
  bodyLength: number,
): Uint8Array {
  return builder.finish(
    builder.table([
      flatInt16(version5),
      flatUint8(headerKinds.indexOf(kind)),
      flatRef(header),
      flatInt64(bodyLength),
    ]),
  );
}

/**
 * A bare message with its prefix, padded to 8 bytes: continuation marker, length, flatbuffer. IPC streams,
 * `FlightInfo.schema` and `table_schema` of GetTables hold messages so.
 */
export function encapsulate(header: Uint8Array): Uint8Array {
  const length = (header.length + 7) & ~7;
  const bytes = new Uint8Array(8 + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffff_ffff, true);
  view.setInt32(4, length, true);
  bytes.set(header, 8);
  return bytes;
}

/**
 * The bare message in `bytes`, which may have its prefix, with or without the continuation marker (Arrow
 * before 0.15 wrote none), or no prefix at all. Bytes behind the message are left alone.
 */
export function bareMessage(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = bytes.length < 8 ? 0 : view.getUint32(0, true);
  if (first === 0xffff_ffff) return prefixed(bytes, 8, view.getUint32(4, true));
  // A bare message starts with the position of its root table, which is not the last thing in it.
  if (first + 4 === bytes.length) return prefixed(bytes, 4, first);
  if (isMessage(bytes) || first + 4 > bytes.length) return bytes;
  return prefixed(bytes, 4, first);
}

function prefixed(
  bytes: Uint8Array,
  prefix: number,
  length: number,
): Uint8Array {
  if (prefix + length > bytes.length) {
    throw new Failure(
      "invalid_data",
      `malformed Arrow metadata: a message of ${String(length)} bytes in ${String(bytes.length)} bytes`,
    );
  }
  return bytes.subarray(prefix, prefix + length);
}

/** Whether bytes look like a bare message, of whatever version and type. */
function isMessage(bytes: Uint8Array): boolean {
  try {
    const message = FlatTable.root(bytes);
    const version = message.int16(0);
    const header = message.uint8(1);
    const plausible = version >= 0 && version < 16 && header > 0 && header < 16;
    return plausible && message.table(2) !== undefined;
  } catch {
    return false;
  }
}
