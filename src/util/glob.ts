/** What a glob matches, in whole and with letter case: `*` is any text, `?` any one character, all else itself. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}

/** Globs in order: the last one that matches decides, and one behind `!` says no. */
export class Globs {
  readonly #all: readonly { readonly yes: boolean; readonly glob: RegExp }[];

  constructor(globs: readonly string[]) {
    this.#all = globs.map((glob) => ({
      yes: !glob.startsWith("!"),
      glob: globPattern(glob.replace(/^!/, "")),
    }));
  }

  /** @param names of one thing; one that matches is enough. */
  match(...names: readonly string[]): boolean {
    const last = this.#all.findLast(({ glob }) =>
      names.some((name) => glob.test(name)),
    );
    // A list that begins with what is left out means all the others.
    return last?.yes ?? this.#all[0]?.yes === false;
  }
}
