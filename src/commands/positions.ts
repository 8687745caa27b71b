import type { SelectedStream } from "../catalog.js";
import type { Message } from "../message.js";
import type { Position } from "./cursor-reader.js";

/** What is known of a stream that is being read. */
interface Place {
  readonly position: Position | undefined;
  readonly told: Position | undefined;
  /** Rows since the last state. */
  readonly rows: number;
  /** Milliseconds since some moment, when the last state was told or the first row came. */
  readonly time: number;
}

/** Settings of the same names; see `engines/settings.ts`. */
export interface StateEvery {
  readonly state_every_rows: number;
  readonly state_every_seconds: number;
}

/** Tells states in the middle of streams: every so often, and what is left when a stream does not come to its end. */
export class Positions {
  readonly #every: StateEvery;
  readonly #places = new Map<SelectedStream, Place>();

  constructor(every: StateEvery) {
    this.#every = every;
  }

  /** After a batch was said. @param position what is true then. */
  *after(
    stream: SelectedStream,
    rows: number,
    position: Position | undefined,
  ): Iterable<Message> {
    const { state_every_rows, state_every_seconds } = this.#every;
    const now = performance.now();
    const before = this.#places.get(stream);
    const place: Place = {
      position,
      told: before?.told,
      rows: (before?.rows ?? 0) + rows,
      time: before?.time ?? now,
    };
    this.#places.set(stream, place);
    const isDue =
      (state_every_rows > 0 && place.rows >= state_every_rows) ||
      (state_every_seconds > 0 &&
        now - place.time >= 1000 * state_every_seconds);
    if (isDue) yield* this.tell(stream);
  }

  /** What was not told yet of the stream. */
  *tell(stream: SelectedStream): Iterable<Message> {
    const place = this.#places.get(stream);
    const position = place?.position;
    if (position === undefined || position === place?.told) return;
    this.#places.set(stream, {
      position,
      told: position,
      rows: 0,
      time: performance.now(),
    });
    yield { type: "state", stream, state: position(), complete: false };
  }

  /** What was not told yet of any stream. */
  *tellAll(): Iterable<Message> {
    for (const stream of this.#places.keys()) yield* this.tell(stream);
  }

  /** The stream came to its end, and told its state. */
  end(stream: SelectedStream): void {
    this.#places.delete(stream);
  }
}
