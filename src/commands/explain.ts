import type { Config, Context, Engine, Finding, Role } from "../engine.js";
import { Failure } from "../failure.js";

/** What became of `check --explain`. */
export interface Explained {
  /** The first step that failed. */
  readonly failure: Failure | undefined;
}

export interface ExplainOutput {
  readonly write: (line: string) => void;
  readonly redact: (text: string) => string;
}

export type ExplainFormat = "table" | "json";

/**
 * `check --explain`: examines a connection step by step and says what each found, how long it took, and what to
 * change where it failed. A table is written as it comes, JSON at the end.
 *
 * @param output takes lines, and takes secrets out of texts.
 */
export async function explain(
  engine: Engine,
  config: Config,
  role: Role,
  format: ExplainFormat,
  context: Context,
  output: ExplainOutput,
): Promise<Explained> {
  const { write, redact } = output;
  if (engine.explain === undefined)
    throw new Failure(
      "unsupported",
      `engine ${engine.name} cannot explain a connection; use check without --explain`,
    );
  const findings: Finding[] = [];
  // What a run would log is among the findings.
  const quiet: Context = {
    ...context,
    log: (level, text) => {
      context.log(level === "info" ? "debug" : level, text);
    },
  };
  for await (const found of engine.explain(config, role, quiet)) {
    const { detail, hint = "" } = found;
    const finding = { ...found, detail: redact(detail), hint: redact(hint) };
    findings.push(finding);
    if (format === "table") for (const line of linesOf(finding)) write(line);
  }
  const failure = findings.find((one) => one.failure !== undefined)?.failure;
  if (format === "json")
    write(
      JSON.stringify(
        { ok: failure === undefined, steps: findings.map(plain) },
        undefined,
        2,
      ),
    );
  return { failure };
}

const signs = { ok: "ok", failed: "FAILED", skipped: "-" } as const;

function linesOf({
  step,
  status,
  detail,
  hint,
  milliseconds,
}: Finding): string[] {
  const time = status === "skipped" ? "" : `${milliseconds.toFixed(1)} ms`;
  const head = `${step.padEnd(11)}${signs[status].padEnd(7)}${time.padStart(11)}  `;
  const advice = hint === undefined || hint === "" ? [] : [hint];
  return [
    head + detail,
    ...advice.map((text) => `${" ".repeat(head.length)}→ ${text}`),
  ];
}

function plain({ step, status, detail, hint, milliseconds, failure }: Finding) {
  const advice = hint === "" ? undefined : hint;
  return {
    step,
    status,
    detail,
    hint: advice,
    milliseconds,
    code: failure?.code,
  };
}
