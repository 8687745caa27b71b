import { RowWriter } from "../../json/row-writer.js";
import type { SelectedStream } from "../../catalog.js";
import { Failure } from "../../failure.js";
import type { Message } from "../../message.js";
import type { Encoder, EncoderOptions } from "../../protocol.js";
import { writeJson, type JsonSource } from "../json-value.js";
import {
  catalogMessage,
  connectionStatusMessage,
  echoedState,
  errorMessage,
  logMessage,
  specMessage,
  stateMessage,
  statusMessage,
} from "./messages.js";

/** What is known of a stream that is being read. */
interface OpenStream {
  readonly stream: SelectedStream;
  /** Set by its schema. */
  rows?: RowWriter;
  readonly prefix: Uint8Array;
  isRunning: boolean;
  /** Rows since its last state. */
  records: number;
  lastState: string | undefined;
}

/** Writes what a source says, and the states that a destination gives back. */
export function encoder(options: EncoderOptions): Encoder {
  return new AirbyteEncoder(options);
}

const utf8 = new TextEncoder();

class AirbyteEncoder implements Encoder {
  readonly #now: () => number;
  readonly #nonFinite: "string" | "null" | "fail";
  readonly #streams = new Map<string, OpenStream>();

  constructor(options: EncoderOptions) {
    this.#now = options.now ?? Date.now;
    this.#nonFinite = options.nonFinite ?? "string";
  }

  *encode(message: Message): Iterable<Uint8Array> {
    switch (message.type) {
      case "spec":
        yield textLine(
          JSON.stringify(specMessage(message.role, message.configSchema)),
        );
        return;
      case "connection_status":
        yield line(connectionStatusMessage(message.failure));
        return;
      case "catalog":
        yield line(catalogMessage(message.streams));
        return;
      case "stream_status":
        this.#open(message.stream);
        yield this.#status(message.stream, message.status);
        return;
      case "schema":
        this.#open(message.stream).rows = new RowWriter(message.schema, {
          nonFinite: this.#nonFinite,
          naiveSuffix: "",
        });
        return;
      case "batch":
        yield* this.#batch(message);
        return;
      case "files":
        throw new Failure("internal", "Airbyte has no message for files", {
          stream: message.stream.id,
        });
      case "state":
        yield* this.#state(message);
        return;
      case "committed":
        yield textLine(echoedState(message.state));
        return;
      case "log":
        yield line(logMessage(message.level, message.text));
        return;
      case "failure": {
        const { failure } = message;
        const open = this.#streams.get(failure.stream ?? "");
        yield line(errorMessage(failure, open?.stream, this.#now()));
      }
    }
  }

  *#batch(
    message: Extract<Message, { readonly type: "batch" }>,
  ): Iterable<Uint8Array> {
    const { stream, batch } = message;
    const open = this.#open(stream);
    if (open.rows === undefined)
      throw new Failure("internal", "a batch came before its schema", {
        stream: stream.id,
      });
    if (batch.length === 0) return;
    if (!open.isRunning) yield this.#status(stream, "running");
    open.isRunning = true;
    const suffix = utf8.encode(`,"emitted_at":${String(this.#now())}}}\n`);
    yield* open.rows.write(batch, open.prefix, suffix);
    open.records += batch.length;
  }

  *#state(
    message: Extract<Message, { readonly type: "state" }>,
  ): Iterable<Uint8Array> {
    const { stream, state, complete } = message;
    const open = this.#open(stream);
    const isFullTable = stream.syncMode === "full_table";
    // A full table has no position before its end.
    if (isFullTable && state === undefined && !complete) return;
    const value = stateMessage(stream, state, isFullTable, open.records);
    const text = writeJson(value);
    if (open.records === 0 && text === open.lastState) return;
    yield textLine(text);
    open.records = 0;
    open.lastState = writeJson(stateMessage(stream, state, isFullTable, 0));
  }

  #status(
    stream: SelectedStream,
    status: "started" | "running" | "complete" | "incomplete",
  ): Uint8Array {
    return line(statusMessage(stream, status, this.#now()));
  }

  #open(stream: SelectedStream): OpenStream {
    let open = this.#streams.get(stream.id);
    if (open === undefined) {
      const { name, namespace } = stream;
      const record = writeJson({ stream: name, namespace }).slice(0, -1);
      open = {
        stream,
        prefix: utf8.encode(`{"type":"RECORD","record":${record},"data":`),
        isRunning: false,
        records: 0,
        lastState: undefined,
      };
      this.#streams.set(stream.id, open);
    }
    return open;
  }
}

function line(message: JsonSource): Uint8Array {
  return textLine(writeJson(message));
}

function textLine(text: string): Uint8Array {
  return utf8.encode(`${text}\n`);
}
