/** Secrets at least this long are hidden wherever they stand; shorter ones only as whole words. */
const distinctiveLength = 8;

/** What must not be told, whatever a server repeats of it. */
export class Secrets {
  readonly #texts = new Set<string>();

  get isEmpty(): boolean {
    return this.#texts.size === 0;
  }

  add(...texts: readonly string[]): void {
    for (const text of texts) if (text !== "") this.#texts.add(text);
  }

  /** `text` with `***` in place of every secret. */
  redact(text: string): string {
    let clean = text;
    for (const secret of this.#texts) {
      const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const pattern =
        secret.length < distinctiveLength
          ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`
          : literal;
      clean = clean.replace(new RegExp(pattern, "gu"), "***");
    }
    return clean;
  }
}
