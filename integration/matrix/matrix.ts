import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

/** What becomes of a feature with a peer; `absent` is where the peer has no such thing to try. */
export type Outcome = "works" | "refused" | "fault" | "missing" | "absent";

/** A feature that does not simply work with a peer: whose doing it is, and what is seen. */
export interface Exception {
  /**
   * works: on a condition; refused: the peer says so itself; fault: it is wrong of the peer; missing: we do not
   * have it yet.
   */
  readonly outcome: Outcome;
  /** For people, one line. */
  readonly why: string;
  /** What the proof fails with; nothing is tried of what is absent. */
  readonly error?: RegExp;
}

/** One column of a table in README.md: a peer and what was seen of it. */
export interface Column {
  readonly peer: string;
  readonly version: string;
  readonly features: Readonly<
    Record<string, { readonly outcome: Outcome; readonly why?: string }>
  >;
}

/**
 * Proves features with one peer, in order, and holds what was seen against the column that is committed; with
 * MATRIX=write it is written anew.
 */
export class Matrix<Feature extends string> {
  readonly #exceptions: Readonly<Partial<Record<Feature, Exception>>>;
  readonly #seen: Record<string, Column["features"][string]> = {};
  readonly #skip: string | false;

  /**
   * @param file where the column is kept, beside this file.
   * @param skip why nothing can be tried.
   */
  constructor(
    file: string,
    peer: { readonly name: string; readonly version: string },
    exceptions: Readonly<Partial<Record<Feature, Exception>>>,
    skip: string | false,
  ) {
    this.#exceptions = exceptions;
    this.#skip = skip;
    const path = join(import.meta.dirname, `${file}.json`);
    if (skip !== false) return;
    after(() => {
      const { name, version } = peer;
      const column: Column = { peer: name, version, features: this.#seen };
      if (process.env["MATRIX"] === "write")
        writeFileSync(path, `${JSON.stringify(column, null, 2)}\n`);
      const committed = JSON.parse(readFileSync(path, "utf8")) as Column;
      assert.deepEqual(column, committed, "npm run matrix renews it");
    });
  }

  /** @param proof resolves when the feature works. */
  feature(name: Feature, proof: () => Promise<void>): void {
    const exception = this.#exceptions[name];
    test(
      exception === undefined ? name : `${name}: ${exception.outcome}`,
      { skip: this.#skip },
      async () => {
        const { outcome = "works", why, error } = exception ?? {};
        if (outcome === "works") await proof();
        else if (error !== undefined)
          await assert.rejects(async () => proof(), error);
        this.#seen[name] = why === undefined ? { outcome } : { outcome, why };
      },
    );
  }
}
