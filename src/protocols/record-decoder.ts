import { Failure } from "../failure.js";
import { skipSpace } from "../json/scan.js";
import type { Input } from "../message.js";
import type { Decoder, DecoderOptions } from "../protocol.js";
import { Envelope } from "./envelope.js";
import {
  membersBehind,
  membersOf,
  textOf,
  type Member,
} from "./json-members.js";
import { canBeSetAside, locatedFailure } from "./line-failure.js";
import { LineChunks, type LineRange } from "./line-chunks.js";
import type { PendingInputs, StreamRows } from "./pending-inputs.js";
import { readEnvelopes } from "./read-envelopes.js";

/** What a wire format makes of its lines. */
export interface LineReader {
  /** Names of members by which a RECORD tells whose row it is, from the row's own object outwards. */
  readonly identity: readonly ReadonlySet<string>[];
  /** Called once, before the first line. */
  open(): void;
  /** Whether a member of `identity` that stands behind a row says that the row is of this stream. */
  confirms(stream: StreamRows, key: string, value: string): boolean;
  /** Reads a line; of a RECORD it says where the row stands. */
  read(line: Line): RowPlace | undefined;
}

/** A line that is one JSON object, looked over but not parsed. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Behind the text, before the line feed. */
  readonly end: number;
  readonly members: ReadonlyMap<string, Member>;
}

/** Where the row of a RECORD line stands. */
export interface RowPlace {
  readonly stream: StreamRows;
  readonly start: number;
  readonly end: number;
  /** Whether all that tells the stream stands before the row. */
  readonly isNamedBefore: boolean;
}

/** A stream's envelope as its last line had it. */
interface KnownEnvelope {
  readonly stream: StreamRows;
  readonly envelope: Envelope;
}

/** So many envelopes are tried before a line is read the general way. */
const envelopesMax = 16;

const defaults = { name: "stdin", batchRows: 8_192, batchBytes: 1_048_576 };

export function batchLimits(options: DecoderOptions) {
  const { batchRows, batchBytes } = { ...defaults, ...options };
  return { batchRows, batchBytes };
}

/**
 * Lines to inputs, for both wire formats. A RECORD line whose envelope equals that of an earlier line goes
 * straight into its stream's row parser; every other line is read by key, in any order and spacing.
 */
export class RecordDecoder implements Decoder {
  readonly #name: string;
  readonly #reader: LineReader;
  readonly #pending: PendingInputs;
  readonly #chunks = new LineChunks();
  /** The one used last comes first. */
  readonly #envelopes: KnownEnvelope[] = [];
  #isOpen = false;
  readonly #setsAside: boolean;
  /** Lines begun so far. */
  #line = 0;
  /** Why a line could not be read: what follows it is never read, lest a state be told over the gap. */
  #failure: Failure | undefined;

  constructor(
    options: DecoderOptions,
    reader: LineReader,
    pending: PendingInputs,
  ) {
    this.#name = options.name ?? defaults.name;
    this.#reader = reader;
    this.#pending = pending;
    this.#setsAside = options.onInvalid === "dead_letter";
  }

  get holdsState(): boolean {
    return this.#pending.holdsState;
  }

  *decode(chunk: Uint8Array): Iterable<Input> {
    yield* this.#opened();
    // A Buffer has a map of its own in V8; one kind of array keeps the loops below monomorphic.
    const { buffer, byteOffset, length } = chunk;
    const bytes = new Uint8Array(buffer, byteOffset, length);
    for (const range of this.#chunks.feed(bytes)) yield* this.#readRange(range);
  }

  *drain(): Iterable<Input> {
    yield* this.#opened();
    try {
      this.#pending.drain();
    } finally {
      yield* this.#pending.take();
    }
  }

  *end(): Iterable<Input> {
    yield* this.#opened();
    const rest = this.#chunks.rest();
    if (rest !== undefined) yield* this.#readRange(rest);
    yield* this.drain();
  }

  *#opened(): Iterable<Input> {
    if (!this.#isOpen) this.#reader.open();
    this.#isOpen = true;
    yield* this.#pending.take();
  }

  *#readRange(range: LineRange): Iterable<Input> {
    let at = range.start;
    while (at < range.end) {
      at = this.#readSome(range, at);
      yield* this.#pending.take();
    }
  }

  /** Reads lines until an input is ready; gives the byte behind the last one. */
  #readSome(range: LineRange, from: number): number {
    if (this.#failure !== undefined) throw this.#failure;
    const { bytes, end } = range;
    const view = viewOf(bytes);
    let at = from;
    let stream: StreamRows | undefined;
    try {
      while (at < end && !this.#pending.isReady) {
        stream = undefined;
        // By index: an iterator costs more than the compare.
        const last = this.#envelopes[0];
        const behind = this.#readLines(last, range, at);
        if (behind > at) {
          at = behind;
          continue;
        }
        this.#line += 1;
        const row = last?.envelope.rowAt(view, at, end) ?? -1;
        if (last === undefined || row < 0) {
          at = this.#readOther(bytes, view, at, end);
          continue;
        }
        stream = last.stream;
        at = this.#readRow(last, bytes, view, row, end);
      }
      return at;
    } catch (error) {
      const failure = locatedFailure(error, {
        input: this.#name,
        line: this.#line,
        offset: range.offset,
        start: at,
        stream: stream?.target.id,
      });
      const next = this.#setAside(range, at, failure);
      if (next > at) return next;
      this.#failure = failure;
      throw failure;
    }
  }

  /** Gives the byte behind a line that is to be set aside, else `at`. */
  #setAside({ bytes, end, offset }: LineRange, at: number, failure: Failure) {
    if (!this.#setsAside) return at;
    const feed = bytes.indexOf(lineFeed, at);
    const lineEnd = feed < 0 || feed >= end ? end : feed;
    const line = bytes.slice(at, lineEnd);
    if (!canBeSetAside(line, failure)) return at;
    this.#pending.addInvalid({
      stream: failure.stream,
      line: this.#line,
      offset: offset + at,
      bytes: line,
      failure,
    });
    return Math.min(lineEnd + 1, end);
  }

  /** Lines of one stream that stand side by side, as far as they are easy; gives the byte behind them. */
  #readLines(
    known: KnownEnvelope | undefined,
    range: LineRange,
    at: number,
  ): number {
    if (known === undefined) return at;
    const { envelope, stream } = known;
    const before = stream.parser.rows;
    let next = stream.parser.parseLines(range, at, envelope.frame);
    let rows = stream.parser.rows - before;
    if (rows > 0 && stream.envelopes !== undefined) {
      const good = readEnvelopes(stream.envelopes, envelope.frame, {
        bytes: range.bytes,
        at,
        rows,
        next,
      });
      if (good.rows < rows) {
        stream.parser.undo(rows - good.rows);
        ({ rows, next } = good);
      }
    }
    if (rows === 0) return at;
    this.#line += rows;
    this.#pending.addRows(stream, rows);
    return next;
  }

  /** A row behind a known prefix. */
  #readRow(
    { envelope, stream }: KnownEnvelope,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
  ): number {
    const rowEnd = stream.parser.parse(bytes, start, end);
    let next: number;
    try {
      next = envelope.behindTail(view, rowEnd, end);
      if (next < 0) {
        next = this.#behindTail(stream, bytes, rowEnd, end);
        envelope.learnTail(bytes.subarray(rowEnd, next));
      }
      const tail = bytes.subarray(rowEnd, next);
      stream.envelopes?.addRows(1, envelope.frame.prefix, tail);
    } catch (error) {
      stream.parser.undo(1);
      throw error;
    }
    this.#pending.addRows(stream, 1);
    return next;
  }

  /** Reads what follows a row, key by key, to the end of its line. */
  #behindTail(
    stream: StreamRows,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    let at = start;
    for (const identity of this.#reader.identity) {
      const { members, next } = membersBehind(bytes, at, end);
      for (const { key, ...value } of members.values()) {
        if (!identity.has(key)) continue;
        const text = textOf(bytes, value.start, value.end);
        if (!this.#reader.confirms(stream, key, text))
          throw new Failure(
            "invalid_input",
            `${JSON.stringify(key)} stands behind the row, in the lines before it stood elsewhere; keep one order of keys per stream`,
          );
      }
      at = next;
    }
    at = skipSpaceInLine(bytes, at, end);
    if (at < end && bytes[at] !== lineFeed)
      throw new Failure("invalid_input", "text goes on behind the JSON object");
    return Math.min(at + 1, end);
  }

  /** A line with another envelope than the last one: of a known stream, or anything else. */
  #readOther(
    bytes: Uint8Array,
    view: DataView,
    at: number,
    end: number,
  ): number {
    for (const [index, known] of this.#envelopes.entries()) {
      const row = index === 0 ? -1 : known.envelope.rowAt(view, at, end);
      if (row < 0) continue;
      this.#envelopes.splice(index, 1);
      this.#envelopes.unshift(known);
      return this.#readRow(known, bytes, view, row, end);
    }
    const feed = bytes.indexOf(lineFeed, at);
    const lineEnd = feed < 0 || feed >= end ? end : feed;
    const next = Math.min(lineEnd + 1, end);
    if (skipSpace(bytes, at, lineEnd) < lineEnd)
      this.#readLine(bytes, at, lineEnd, next);
    return next;
  }

  /** Any line, read by its keys. */
  #readLine(bytes: Uint8Array, start: number, end: number, next: number): void {
    const { members, next: behind } = membersOf(bytes, start, end);
    if (skipSpace(bytes, behind, end) < end)
      throw new Failure("invalid_input", "text goes on behind the JSON object");
    const place = this.#reader.read({ bytes, start, end, members });
    if (place === undefined) return;
    const { stream } = place;
    try {
      this.#parseRow(stream, bytes, place, start, next);
    } catch (error) {
      throw Failure.from(error).in(stream.target.id);
    }
    if (place.isNamedBefore)
      this.#learn(stream, bytes.subarray(start, next), place, start);
    this.#pending.addRows(stream, 1);
  }

  #parseRow(
    { parser, envelopes }: StreamRows,
    bytes: Uint8Array,
    place: RowPlace,
    start: number,
    next: number,
  ): void {
    const end = parser.parse(bytes, place.start, place.end);
    try {
      if (end !== place.end)
        throw new Failure("invalid_input", "the record is not a JSON object");
      const prefix = bytes.subarray(start, place.start);
      envelopes?.addRows(1, prefix, bytes.subarray(end, next));
    } catch (error) {
      parser.undo(1);
      throw error;
    }
  }

  #learn(
    stream: StreamRows,
    line: Uint8Array,
    place: RowPlace,
    offset: number,
  ): void {
    const known = this.#envelopes.findIndex((one) => one.stream === stream);
    if (known >= 0) this.#envelopes.splice(known, 1);
    const envelope = new Envelope(
      line,
      place.start - offset,
      place.end - offset,
    );
    this.#envelopes.unshift({ stream, envelope });
    this.#envelopes.length = Math.min(this.#envelopes.length, envelopesMax);
  }
}

const lineFeed = 10;

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** `skipSpace` that stops at the line's end. */
function skipSpaceInLine(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return at;
    at += 1;
  }
  return at;
}
