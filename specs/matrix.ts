import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Column, Outcome } from "../integration/matrix/matrix.js";

const folder = join(import.meta.dirname, "../integration/matrix");

const words: Readonly<Record<Outcome, string>> = {
  works: "yes",
  refused: "refused",
  fault: "fault",
  missing: "not yet",
  absent: "–",
};

/** What `npm run integration` saw of peers of a kind: a row for each feature, and below it what needs words. */
export function matrixTable(kind: "server" | "client"): string {
  const columns = readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}-`))
    .sort()
    .map(
      (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Column,
    );
  const features = new Set(
    columns.flatMap((column) => Object.keys(column.features)),
  );
  const notes: string[] = [];
  function noteOf(why: string): string {
    const known = notes.indexOf(why) + 1;
    return String(known > 0 ? known : notes.push(why));
  }
  function cell(seen: Column["features"][string] | undefined): string {
    if (seen === undefined) return "–";
    const { outcome, why } = seen;
    return words[outcome] + (why === undefined ? "" : ` (${noteOf(why)})`);
  }
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["", ...columns.map(({ peer, version }) => `${peer} ${version}`)]),
    row(["---", ...columns.map(() => "---")]),
    ...[...features].map((feature) =>
      row([
        feature,
        ...columns.map((column) => cell(column.features[feature])),
      ]),
    ),
    "",
    ...notes.map((note, index) => `${String(index + 1)}. ${note}`),
  ].join("\n");
}
