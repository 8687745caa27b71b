import { Failure } from "../../failure.js";
import type { Decoder, DecoderOptions } from "../../protocol.js";
import {
  membersOf,
  textOf,
  type Member,
  type Members,
} from "../json-members.js";
import { PendingInputs, type StreamRows } from "../pending-inputs.js";
import {
  batchLimits,
  RecordDecoder,
  type Line,
  type LineReader,
  type RowPlace,
} from "../record-decoder.js";
import { parseTargets, type ConfiguredTarget } from "./catalog.js";
import { Completion } from "./completion.js";

/**
 * Reads what the platform sends to a destination. Every state of the input comes out, since the platform
 * waits for each.
 * @throws Failure(invalid_config | unsupported) when the configured catalog cannot be loaded.
 */
export function decoder(options: DecoderOptions): Decoder {
  if (options.catalogText === undefined)
    throw new Failure("usage", "an Airbyte destination needs --catalog FILE");
  const targets = parseTargets(options.catalogText, options.defaultNamespace);
  const pending = new PendingInputs(batchLimits(options), false);
  const reader = new AirbyteReader(pending, targets);
  return new RecordDecoder(options, reader, pending);
}

/** Messages that are no business of a destination; a source piped straight into it sends them. */
const ignored = new Set(["LOG", "CONTROL"]);

class AirbyteReader implements LineReader {
  readonly identity = [
    new Set(["stream", "namespace", "data"]),
    new Set(["type", "record"]),
  ];
  readonly #pending: PendingInputs;
  readonly #targets: readonly ConfiguredTarget[];
  /** By name as the messages have it, then by namespace. */
  readonly #streams = new Map<string, Map<string, StreamRows>>();
  readonly #completion: Completion;

  constructor(pending: PendingInputs, targets: readonly ConfiguredTarget[]) {
    this.#pending = pending;
    this.#targets = targets;
    this.#completion = new Completion(pending);
  }

  open(): void {
    for (const { stream, namespace, hasGenerations } of this.#targets) {
      const rows = this.#pending.declare(stream);
      this.#completion.add(rows, hasGenerations);
      const spaces =
        this.#streams.get(stream.name) ?? new Map<string, StreamRows>();
      this.#streams.set(stream.name, spaces.set(namespace ?? "", rows));
    }
  }

  confirms({ target }: StreamRows, key: string, value: string): boolean {
    if (key !== "namespace") return false;
    const spaces = this.#streams.get(target.name);
    const space: unknown = JSON.parse(value);
    if (spaces?.size !== 1) return false;
    return space === null || (typeof space === "string" && spaces.has(space));
  }

  read(line: Line): RowPlace | undefined {
    const type = stringOf(line.bytes, line.members.get("type"));
    switch (type) {
      case "RECORD":
        return this.#record(line);
      case "STATE":
        this.#state(line);
        return undefined;
      case "TRACE":
        this.#trace(line);
        return undefined;
      case undefined:
        throw new Failure("invalid_input", 'the message has no "type"');
      default:
        if (ignored.has(type)) return undefined;
        throw new Failure(
          "invalid_input",
          `a destination takes no message of type ${JSON.stringify(type.slice(0, 80))}`,
        );
    }
  }

  #record(line: Line): RowPlace {
    const { bytes, members } = line;
    const record = innerOf(bytes, members.get("record"), "record");
    const [stream, namespace] = ["stream", "namespace"].map((key) =>
      record.get(key),
    );
    const known = this.#known(bytes, stream, namespace);
    const data = record.get("data");
    if (known === undefined || data === undefined) {
      const name = nameOf(bytes, stream, namespace);
      throw new Failure(
        "invalid_input",
        data === undefined
          ? 'the RECORD has no "data"'
          : `the configured catalog has no stream ${JSON.stringify(name)}`,
        { stream: name },
      );
    }
    const { start, end } = data;
    // A namespace that is left out says nothing when another stream has the same name.
    const isUnique = this.#streams.get(known.target.name)?.size === 1;
    const isNamedBefore =
      (namespace !== undefined || isUnique) &&
      [members.get("type"), stream, namespace].every(
        (member) => (member?.end ?? 0) <= start,
      );
    return { stream: known, start, end, isNamedBefore };
  }

  #state(line: Line): void {
    const { bytes, members } = line;
    const state = innerOf(bytes, members.get("state"), "state");
    const stream = present(bytes, state.get("stream"));
    const known =
      stream === undefined
        ? undefined
        : this.#described(bytes, innerOf(bytes, stream, "stream"));
    if (known !== undefined) this.#completion.state(known);
    const json = textOf(bytes, line.start, line.end).trim();
    this.#pending.addState(known, json);
  }

  #trace({ bytes, members }: Line): void {
    const trace = innerOf(bytes, members.get("trace"), "trace");
    if (stringOf(bytes, trace.get("type")) !== "STREAM_STATUS") return;
    const body = innerOf(bytes, trace.get("stream_status"), "stream_status");
    const status = stringOf(bytes, body.get("status"));
    this.#completion.status(this.#described(bytes, body), status);
  }

  #described(
    bytes: Uint8Array,
    body: Members["members"],
  ): StreamRows | undefined {
    const key = "stream_descriptor";
    const descriptor = innerOf(bytes, body.get(key), key);
    return this.#known(
      bytes,
      descriptor.get("name"),
      descriptor.get("namespace"),
    );
  }

  /** The stream of this name and namespace; PyAirbyte leaves the namespace out of what it had cached. */
  #known(
    bytes: Uint8Array,
    name: Member | undefined,
    namespace: Member | undefined,
  ): StreamRows | undefined {
    const spaces = this.#streams.get(stringOf(bytes, name) ?? "");
    const space = stringOf(bytes, namespace) ?? "";
    const known = spaces?.get(space);
    if (known !== undefined || space !== "" || spaces?.size !== 1) return known;
    const [only] = spaces.values();
    return only;
  }
}

function nameOf(
  bytes: Uint8Array,
  name: Member | undefined,
  namespace: Member | undefined,
): string {
  return [stringOf(bytes, namespace), stringOf(bytes, name)]
    .filter((part) => part !== undefined && part !== "")
    .join(".");
}

/** Members of the object that a message has under `key`. */
function innerOf(
  bytes: Uint8Array,
  member: Member | undefined,
  key: string,
): Members["members"] {
  if (member !== undefined && bytes[member.start] === 0x7b)
    return membersOf(bytes, member.start, member.end).members;
  throw new Failure("invalid_input", `expected an object as "${key}"`);
}

/** The member, unless it is an explicit null. */
function present(
  bytes: Uint8Array,
  member: Member | undefined,
): Member | undefined {
  return member !== undefined && bytes[member.start] === 0x6e
    ? undefined
    : member;
}

function stringOf(
  bytes: Uint8Array,
  member: Member | undefined,
): string | undefined {
  if (member === undefined || bytes[member.start] !== 0x22) return undefined;
  const value: unknown = JSON.parse(textOf(bytes, member.start, member.end));
  return typeof value === "string" ? value : undefined;
}
