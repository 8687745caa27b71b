import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Role } from "../../src/engine.js";
import type { Quirks, Server, Settings } from "../quirks/quirks.js";
import type { Fault } from "./fault.js";
import type { Choice, Format } from "./formats/format.js";
import { Program, type Finished } from "./program.js";

let scopes = 0;

/** What is tested: the programs of one engine in one protocol, between two running servers. */
export class Subject implements AsyncDisposable {
  readonly quirks: Quirks;
  readonly format: Format;
  readonly source: Server;
  readonly destination: Server;
  /** A database schema that exists on both servers and is empty at first. */
  readonly namespace: string;
  readonly #fault: Fault | undefined;
  readonly #folder: string;
  readonly #programs: Program[] = [];
  readonly #catalogs = new Map<string, Promise<string>>();
  #files = 0;

  /** A subject for one check. */
  static async open(
    quirks: Quirks,
    format: Format,
    servers: { readonly source: Server; readonly destination: Server },
    fault?: (subject: Subject) => Fault,
  ): Promise<Subject> {
    scopes += 1;
    const subject = new Subject(
      quirks,
      format,
      servers,
      `scope_${format.name}_${String(scopes)}`,
      fault,
    );
    const create = quirks.createSchema(subject.namespace);
    await subject.source.run(create);
    await subject.destination.run(create);
    return subject;
  }

  private constructor(
    quirks: Quirks,
    format: Format,
    servers: { readonly source: Server; readonly destination: Server },
    namespace: string,
    fault: ((subject: Subject) => Fault) | undefined,
  ) {
    this.quirks = quirks;
    this.format = format;
    this.source = servers.source;
    this.destination = servers.destination;
    this.namespace = namespace;
    this.#folder = mkdtempSync(join(tmpdir(), "flightsync-conformance-"));
    this.#fault = fault?.(this);
  }

  server(role: Role): Server {
    return this[role];
  }

  /** Qualified name of a table of this subject. */
  table(name: string): string {
    return this.quirks.table(this.namespace, name);
  }

  /** Puts a text into a file. @returns its path. */
  file(text: string): string {
    this.#files += 1;
    const path = join(this.#folder, String(this.#files));
    writeFileSync(path, text);
    return path;
  }

  /** A config file for a program. */
  config(role: Role, settings: Settings = this[role].settings): string {
    const fault = this.#faultOf(role);
    return this.file(JSON.stringify(fault?.settings?.(settings) ?? settings));
  }

  /** The command line of a program. */
  command(role: Role, given: readonly string[]): readonly string[] {
    const bin = `${this.format.bins[role]}-${this.quirks.engine}.js`;
    const path = join(import.meta.dirname, "../../dist/bin", bin);
    const { preload, arguments: change } = this.#faultOf(role) ?? {};
    const before =
      preload === undefined ? [] : ["--import", preloaded(preload)];
    return [process.execPath, ...before, path, ...(change?.(given) ?? given)];
  }

  async start(role: Role, given: readonly string[]): Promise<Program> {
    const fault = this.#faultOf(role);
    await fault?.before?.(this);
    const program = new Program(this.command(role, given), fault);
    this.#programs.push(program);
    return program;
  }

  /** Runs a program with no input to its end. */
  async run(role: Role, given: readonly string[]): Promise<Finished> {
    return await (await this.start(role, given)).finish();
  }

  /** Catalog file that selects tables of this subject, made once. */
  catalog(choices: readonly Choice[]): Promise<string> {
    const key = JSON.stringify(choices);
    const catalog = this.#catalogs.get(key) ?? this.#discovered(choices);
    this.#catalogs.set(key, catalog);
    return catalog;
  }

  async #discovered(choices: readonly Choice[]): Promise<string> {
    const { format, namespace } = this;
    const given = format.discover(this.config("source"));
    const found = await this.run("source", given);
    const text = found.lines.join("\n");
    return this.file(format.selected(text, namespace, choices));
  }

  /** A full run of the source. */
  async read(
    choices: readonly Choice[],
    state?: string,
    settings?: Settings,
  ): Promise<Finished> {
    const program = await this.reading(choices, state, settings);
    return await program.finish();
  }

  async reading(
    choices: readonly Choice[],
    state?: string,
    settings: Settings = {},
  ): Promise<Program> {
    const config = this.config("source", {
      ...this.source.settings,
      ...settings,
    });
    const catalog = await this.catalog(choices);
    const stateFile = state === undefined ? undefined : this.file(state);
    return await this.start(
      "source",
      this.format.read(config, catalog, stateFile),
    );
  }

  /** Starts the destination. @param catalog text of the catalog, in protocols that hand one to it. */
  async writing(
    settings: Settings,
    catalog: string | undefined,
  ): Promise<Program> {
    const config = this.config("destination", {
      ...this.destination.settings,
      ...settings,
    });
    const change = this.#faultOf("destination")?.catalog;
    const text =
      catalog === undefined ? undefined : (change?.(catalog) ?? catalog);
    const path = text === undefined ? undefined : this.file(text);
    return await this.start("destination", this.format.write(config, path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) program.destroy();
    await Promise.all(this.#programs.map((program) => program.ended));
    rmSync(this.#folder, { recursive: true });
  }

  #faultOf(role: Role): Fault | undefined {
    return this.#fault?.role === role ? this.#fault : undefined;
  }
}

/** JavaScript as something that `--import` takes. */
export function preloaded(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
