/*
 * Test support, imported by tests only: inputs as short words, so that a test can say what it expects in a line.
 */
import { bitAt } from "../arrow/bits.js";
import { valuesOfBatch, type Value } from "../arrow/plain-values.js";
import type { Input } from "../message.js";
import type { Decoder } from "../protocol.js";

/**
 * `schema x`, `batch x 1|a 2|b` (rows, their values joined by `|`, absent ones `-`), `state … json`,
 * `complete x` and `invalid x line 3`.
 */
export function wordOf(input: Input): string {
  switch (input.type) {
    case "schema":
      return `schema ${input.stream.id}`;
    case "batch": {
      const { batch } = input;
      const columns = valuesOfBatch(batch);
      const rows = Array.from({ length: batch.length }, (_, row) =>
        columns
          .map((values, index) => {
            const name = batch.schema.fields[index]?.name ?? "";
            const absent = batch.absent?.get(name);
            return absent !== undefined && bitAt(absent, row)
              ? "-"
              : plainText(values[row] ?? null);
          })
          .join("|"),
      );
      return `batch ${input.stream} ${rows.join(" ")}`;
    }
    case "files":
      return `files ${input.stream} ${input.files.paths.join(" ")}`;
    case "state": {
      const { stream, records, json } = input.state;
      return `state ${stream ?? "*"} ${String(records)} ${json}`;
    }
    case "stream_status":
      return `${input.status} ${input.stream}`;
    case "older_rows":
      return `older ${input.stream} ${String(input.older.version)} ${input.older.action.type}`;
    case "invalid":
      return `invalid ${input.line.stream ?? "*"} line ${String(input.line.line)}`;
  }
}

function plainText(value: Value): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** All inputs of a text that is given in chunks, which share one memory as a reader's would. */
export function decodeAll(
  decoder: Decoder,
  chunks: Iterable<Uint8Array>,
): Input[] {
  const inputs: Input[] = [];
  for (const chunk of chunks) {
    const memory = new Uint8Array(chunk);
    for (const input of decoder.decode(memory)) inputs.push(input);
    memory.fill(0x21);
  }
  for (const input of decoder.end()) inputs.push(input);
  return inputs;
}

export function wordsOf(decoder: Decoder, ...lines: string[]): string[] {
  const text = lines.map((line) => `${line}\n`).join("");
  return decodeAll(decoder, [Buffer.from(text)]).map(wordOf);
}
