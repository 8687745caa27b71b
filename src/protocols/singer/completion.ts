import { Failure } from "../../failure.js";
import { membersOf, textOf, type Member } from "../json-members.js";
import type { PendingInputs, StreamRows } from "../pending-inputs.js";
import { aliasKey, completeKey, currentlySyncingKey } from "./messages.js";

/** What was seen of one stream. */
interface Sight {
  /** Rows of the stream when the last STATE came. */
  stateTotal: number;
  /** A STATE came between two of its rows, so a STATE does not mark its end. */
  isInterrupted: boolean;
  /** How often its version was activated. */
  activations: number;
  /** Rows of the stream when it was last said to be complete. */
  toldTotal: number | undefined;
}

/**
 * Finds out whether a stream is complete, which Singer has no message for. A pipe's end looks the same
 * whether the tap finished or died, so an overwrite needs one of these signs behind the last row:
 * ACTIVATE_VERSION; a bookmark of our own tap that says so; `currently_syncing` that was this stream and no
 * longer is; or a STATE, if no STATE came between two of its rows before. Each is taken back when another row comes.
 */
export class Completion {
  readonly #pending: PendingInputs;
  readonly #sights = new Map<string, Sight>();
  /** Streams of our own tap: it says when they are complete, so nothing is guessed. */
  readonly #own = new Set<string>();
  #currentlySyncing: string | undefined;

  constructor(pending: PendingInputs) {
    this.#pending = pending;
  }

  addOwn(stream: string): void {
    this.#own.add(stream);
  }

  /**
   * The SDK's taps activate a version before the first row, others behind the last: one alone without a row
   * proves nothing.
   */
  activateVersion(stream: StreamRows): void {
    const sight = this.#sight(stream);
    sight.activations += 1;
    if (stream.total > 0 || sight.activations > 1) this.#tell(stream, sight);
  }

  /** @param value place of the state's value. */
  state(bytes: Uint8Array, value: Member): void {
    const isObject = bytes[value.start] === 0x7b;
    const members = isObject
      ? membersOf(bytes, value.start, value.end).members
      : new Map<string, Member>();
    const before = this.#currentlySyncing;
    const syncing = members.get(currentlySyncingKey);
    this.#currentlySyncing = syncing && stringOf(bytes, syncing);
    const bookmarks = members.get("bookmarks");
    const complete =
      bookmarks === undefined ? noNames : completeOf(bytes, bookmarks);
    for (const stream of this.#pending.streams) {
      const { id } = stream.target;
      const sight = this.#sight(stream);
      if (sight.stateTotal > 0 && stream.total > sight.stateTotal)
        sight.isInterrupted = true;
      sight.stateTotal = stream.total;
      const isLeft = before === id && this.#currentlySyncing !== id;
      const isEnd = this.#own.has(id)
        ? complete.has(id)
        : isLeft || this.#isMarkedEnd(stream, sight);
      if (isEnd) this.#tell(stream, sight);
    }
  }

  /** Whether a STATE now marks the end of the stream, as far as one can know. */
  #isMarkedEnd(stream: StreamRows, sight: Sight): boolean {
    return (
      stream.total > 0 &&
      !sight.isInterrupted &&
      this.#currentlySyncing !== stream.target.id
    );
  }

  #tell(stream: StreamRows, sight: Sight): void {
    if (sight.toldTotal === stream.total) return;
    sight.toldTotal = stream.total;
    this.#pending.addStatus(stream, "complete");
  }

  #sight({ target }: StreamRows): Sight {
    let sight = this.#sights.get(target.id);
    if (sight === undefined) {
      sight = {
        stateTotal: 0,
        isInterrupted: false,
        activations: 0,
        toldTotal: undefined,
      };
      this.#sights.set(target.id, sight);
    }
    return sight;
  }
}

const noNames: ReadonlySet<string> = new Set();

/** Streams whose bookmark says that they were read whole. */
function completeOf(bytes: Uint8Array, value: Member): ReadonlySet<string> {
  if (bytes[value.start] !== 0x7b) return noNames;
  const complete = new Set<string>();
  const bookmarks = membersOf(bytes, value.start, value.end).members;
  for (const [stream, bookmark] of bookmarks) {
    if (bytes[bookmark.start] !== 0x7b) continue;
    const { members } = membersOf(bytes, bookmark.start, bookmark.end);
    const mark = members.get(completeKey);
    if (mark === undefined || textOf(bytes, mark.start, mark.end) !== "true")
      continue;
    const alias = members.get(aliasKey);
    complete.add((alias && stringOf(bytes, alias)) ?? stream);
  }
  return complete;
}

function stringOf(bytes: Uint8Array, member: Member): string | undefined {
  const text = textOf(bytes, member.start, member.end);
  if (!text.startsWith('"')) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value === "string") return value;
  throw new Failure("internal", "a JSON string was no string");
}
