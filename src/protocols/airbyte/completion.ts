import type { PendingInputs, StreamRows } from "../pending-inputs.js";

/** What was seen of one stream. */
interface Sight {
  /** The platform numbers its generations, and so it also tells when the stream is complete. */
  readonly hasGenerations: boolean;
  /** Rows of the stream when its last state came. */
  stateTotal: number;
  /** A state came between two of its rows, so a state does not mark its end. */
  isInterrupted: boolean;
}

/**
 * Finds out whether a stream is complete. The platform sends COMPLETE to destinations of its registry, and a
 * source piped straight into us sends it too. A custom image is told neither generations nor statuses: then a
 * state behind the last row marks the end of its stream, if no state came between two rows before.
 */
export class Completion {
  readonly #pending: PendingInputs;
  readonly #sights = new Map<StreamRows, Sight>();
  /** A status came: then only statuses count. */
  #hasStatuses = false;

  constructor(pending: PendingInputs) {
    this.#pending = pending;
  }

  add(stream: StreamRows, hasGenerations: boolean): void {
    const sight = { hasGenerations, stateTotal: 0, isInterrupted: false };
    this.#sights.set(stream, sight);
  }

  /** A state of the stream came. */
  state(stream: StreamRows): void {
    const sight = this.#sights.get(stream);
    if (sight === undefined) return;
    if (sight.stateTotal > 0 && stream.total > sight.stateTotal)
      sight.isInterrupted = true;
    sight.stateTotal = stream.total;
    if (sight.isInterrupted || sight.hasGenerations || this.#hasStatuses)
      return;
    this.#pending.addStatus(stream, "complete");
  }

  /** @param stream undefined when the catalog does not have it. */
  status(stream: StreamRows | undefined, status: string | undefined): void {
    this.#hasStatuses = true;
    if (stream === undefined) return;
    if (status === "COMPLETE") this.#pending.addStatus(stream, "complete");
    if (status === "INCOMPLETE") this.#pending.addStatus(stream, "incomplete");
  }
}
