import { Failure, type FailureCode } from "../failure.js";

/** Where a line stands. */
interface LinePlace {
  /** Name of the input. */
  readonly input: string;
  /** From 1. */
  readonly line: number;
  /** Where the memory at hand begins in the input, and the line in that memory. */
  readonly offset: number;
  readonly start: number;
  readonly stream: string | undefined;
}

/** What is wrong with a line, with its place in the input. */
export function locatedFailure(
  error: unknown,
  { input, line, offset, start, stream }: LinePlace,
): Failure {
  const failure = Failure.from(error);
  const id = failure.stream ?? stream;
  const ofStream = id === undefined ? "" : ` of stream ${JSON.stringify(id)}`;
  // Scanners tell positions in the memory at hand, which means nothing outside.
  const [position, digits] = /,? at byte (\d+)$/.exec(failure.message) ?? [];
  const reason = failure.message.slice(
    0,
    failure.message.length - (position?.length ?? 0),
  );
  const byte = String(offset + Number(digits ?? start));
  return new Failure(
    failure.code,
    `${reason} (${input} line ${String(line)}${ofStream}, byte ${byte})`,
    { stream: id, cause: failure.cause ?? failure },
  );
}

/** Codes of what is wrong with a line, not with its stream or with this run. */
const dataCodes: ReadonlySet<FailureCode> = new Set([
  "invalid_data",
  "invalid_input",
]);

/** Without any message but a RECORD the lines behind it could mean something else. */
export function canBeSetAside(line: Uint8Array, { code }: Failure): boolean {
  if (!dataCodes.has(code)) return false;
  const { buffer, byteOffset, length } = line;
  const text = Buffer.from(buffer, byteOffset, length).toString("latin1");
  return /"type"\s*:\s*"RECORD"/i.test(text) || !/"type"\s*:/.test(text);
}
