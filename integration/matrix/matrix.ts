import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

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
 * Proves features with one peer, in order, then holds what was seen against the column that is committed. All of it
 * are tests: of several `after` hooks, those behind one that fails do not run, and what they were to end goes on.
 */
export class Matrix<Feature extends string> {
  readonly #file: string;
  readonly #peer: { readonly name: string; readonly version: string };
  readonly #exceptions: Readonly<Partial<Record<Feature, Exception>>>;
  readonly #skip: string | false;
  readonly #tried: Feature[] = [];
  readonly #seen: Record<string, Column["features"][string]> = {};

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
    this.#file = join(import.meta.dirname, `${file}.json`);
    this.#peer = peer;
    this.#exceptions = exceptions;
    this.#skip = skip;
  }

  /** @param proof resolves when the feature works. */
  feature(name: Feature, proof: () => Promise<void>): void {
    const exception = this.#exceptions[name];
    this.#tried.push(name);
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

  /** Comes last. With MATRIX=write the column is written anew, if every feature came out as it is declared. */
  compare(): void {
    test("the matrix", { skip: this.#skip }, () => {
      assert.deepEqual(Object.keys(this.#seen), this.#tried, "features failed");
      const { name, version } = this.#peer;
      const column: Column = { peer: name, version, features: this.#seen };
      if (process.env["MATRIX"] === "write")
        writeFileSync(this.#file, `${JSON.stringify(column, null, 2)}\n`);
      const committed = JSON.parse(readFileSync(this.#file, "utf8")) as Column;
      assert.deepEqual(column, committed, "npm run matrix renews it");
    });
  }
}
