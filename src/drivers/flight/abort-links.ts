import { Failure } from "../../failure.js";

/** Something that a signal can end. */
interface Abortable {
  abort(failure: Failure): void;
}

/** What a signal ends, and the one listener on it. */
interface Link {
  readonly members: Set<Abortable>;
  readonly listener: () => void;
}

/**
 * Ends calls by signals, with one listener per signal however many calls it has: Node takes more than ten
 * listeners for a leak. A signal that has no calls left has no listener.
 */
export class AbortLinks {
  readonly #links = new Map<AbortSignal, Link>();

  /** Ends `member` when `signal`, which has not aborted yet, does so. */
  link(signal: AbortSignal, member: Abortable): void {
    this.#linkOf(signal).members.add(member);
  }

  /** Forgets `member`, for every signal that it has. */
  unlink(member: Abortable): void {
    for (const [signal, { members, listener }] of this.#links)
      if (members.delete(member) && members.size === 0) {
        signal.removeEventListener("abort", listener);
        this.#links.delete(signal);
      }
  }

  #linkOf(signal: AbortSignal): Link {
    const known = this.#links.get(signal);
    if (known !== undefined) return known;
    const members = new Set<Abortable>();
    const listener = () => {
      this.#links.delete(signal);
      for (const member of members) member.abort(abortFailure(signal));
    };
    signal.addEventListener("abort", listener, { once: true });
    const link = { members, listener };
    this.#links.set(signal, link);
    return link;
  }
}

/** What an aborted signal ends calls with: its reason if that is a Failure. */
export function abortFailure(signal: AbortSignal): Failure {
  const reason: unknown = signal.reason;
  if (reason instanceof Failure) return reason;
  return new Failure("cancelled", "the call was cancelled", { cause: reason });
}
