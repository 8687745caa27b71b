import assert from "node:assert/strict";

import {
  start,
  type Folder,
  type Outcome,
  type Program,
} from "../process/programs.js";
import type { Pipeline } from "./pipelines.js";

/** `tap | target` again and again, each run from the last state that the target told. */
export class Pipe {
  readonly pipeline: Pipeline;
  readonly #folder: Folder;
  readonly #name: string;
  readonly #config: readonly string[];
  readonly #targetConfig: string;
  /** A line of the target. */
  #state: string | undefined;

  /** @param schema that the tables are put into. */
  constructor(folder: Folder, url: string, pipeline: Pipeline, schema: string) {
    const { name, streams, tap, target } = pipeline;
    this.#folder = folder;
    this.pipeline = pipeline;
    this.#name = `${schema}-${name}`;
    const file = (what: string, content: unknown) =>
      folder.file(`${this.#name}.${what}.json`, content);
    const often = { state_every_rows: 2_000, memory_bytes_max: 1_048_576 };
    this.#config = [
      ...["--config", file("tap", { url, ...often, ...tap })],
      ...["--catalog", file("catalog", { streams })],
    ];
    this.#targetConfig = file("target", {
      url,
      default_target_schema: schema,
      state_wait_seconds: 0,
      batch_size_rows: 4_000,
      ...target,
    });
  }

  /** A run that nobody disturbs. @returns milliseconds that it took. */
  async run(): Promise<number> {
    const started = performance.now();
    const programs = this.#start();
    const [tap, target] = await this.#end(programs);
    const { name } = this.pipeline;
    assert.equal(tap.code, 0, `${name}: ${tap.stderr}`);
    assert.equal(target.code, 0, `${name}: ${target.stderr}`);
    return performance.now() - started;
  }

  /**
   * A run of which one program gets a signal after so many milliseconds; the other one finds its pipe closed.
   * @returns whether it was still there to get it.
   */
  async interrupted(
    victim: "tap" | "target",
    signal: NodeJS.Signals,
    milliseconds: number,
  ): Promise<boolean> {
    const programs = this.#start();
    let wasHit = false;
    const timer = setTimeout(() => {
      const { child } = programs[victim];
      wasHit = child.exitCode === null && child.kill(signal);
    }, milliseconds);
    const [tap, target] = await this.#end(programs);
    clearTimeout(timer);
    // Whatever a program says of its own accord is no crash of its own.
    for (const { stderr } of [tap, target])
      assert.doesNotMatch(stderr, /\[internal\]|unhandled/i);
    return wasHit;
  }

  #start() {
    const state =
      this.#state === undefined
        ? []
        : [
            "--state",
            this.#folder.file(`${this.#name}.state.json`, this.#state),
          ];
    const tap = start("tap-flightsql", [...this.#config, ...state], {
      stdin: "",
      paused: true,
    });
    const target = start("target-flightsql", ["--config", this.#targetConfig]);
    const { stdout } = tap.child;
    const { stdin } = target.child;
    if (stdout !== null && stdin !== null) {
      stdout.pipe(stdin);
      // As in a pipe of the system: who writes finds it closed.
      target.child.once("exit", () => stdout.destroy());
    }
    return { tap, target };
  }

  async #end({
    tap,
    target,
  }: {
    readonly tap: Program;
    readonly target: Program;
  }): Promise<readonly [Outcome, Outcome]> {
    const outcomes = await Promise.all([tap.ended, target.ended]);
    // What is no whole line is no state.
    this.#state = target.lines.at(-1) ?? this.#state;
    return outcomes;
  }
}
