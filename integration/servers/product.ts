import { missing } from "../cache.js";
import { Folder, Program } from "../process/programs.js";
import { adbcPython, Oracle } from "./oracle.js";
import type { Exception } from "../matrix/matrix.js";
import type { Written } from "./written.js";

export const features = [
  "check",
  "check --explain",
  "discover",
  "read every type",
  "read along a cursor",
  "append",
  "overwrite",
  "upsert",
  "write every type",
  "killed while it is read",
  "wrong password",
] as const;

export type Feature = (typeof features)[number];

/** A table as SQL and the protocols name it. */
export interface Table {
  /** As the server's SQL wants it. */
  readonly sql: string;
  /** Id of the stream in a Singer catalog. */
  readonly stream: string;
}

/** A server that others wrote, and what has to be known of it. Facts only. */
export interface Product {
  /** Name of the file of its column in the matrix. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** What is needed to install it. */
  readonly toolchain: string;
  /** Folder of its program; undefined where the toolchain is missing. Installs on first use. */
  readonly install: () => string | undefined;
  /** Program and arguments; whatever it writes goes into the folder. */
  readonly command: (programs: string, folder: Folder) => readonly string[];
  /** Finds the address in what it prints when it can be reached. */
  readonly ready: RegExp;
  /** User name and password, where it asks for them. */
  readonly credentials?: readonly [username: string, password: string];
  /** Statements that make the tables below. */
  readonly seed: readonly string[];
  /** Every type that it has, with a column `id` to order by. */
  readonly everyType: Table;
  /** Five rows with a cursor, then more. */
  readonly cursor: Table & {
    readonly column: string;
    /** Adds rows at and behind the largest value. */
    readonly more: string;
    /** Condition for the rows that the next run must read. */
    readonly since: string;
  };
  /** More than the pipe, the memory limit and the flow-control window hold together. */
  readonly long: Table;
  /** Where tables that the target makes are found, as SQL: `{}` stands for the name. */
  readonly made: string;
  /** How rows are loaded into it, in the words of `check --explain`. */
  readonly load: string;
  /** How it takes INSERT statements: as updates or as queries. */
  readonly inserts: "insert" | "insert_query";
  /** What becomes of every column of the golden table, by name. */
  readonly written: Readonly<Record<string, Written>>;
  /** Settings of the target that the server needs. */
  readonly target?: Readonly<Record<string, unknown>>;
  readonly exceptions: Readonly<Partial<Record<Feature, Exception>>>;
}

/** A server of a product that runs, with its tables. */
export class Running implements AsyncDisposable {
  readonly program: Program;
  readonly oracle: Oracle;
  /** Settings of a program that connects. */
  readonly settings: Readonly<Record<string, unknown>>;

  static async start(
    { install, command, ready, credentials, seed }: Product,
    folder: Folder,
  ): Promise<Running> {
    const programs = install();
    const python = adbcPython();
    if (programs === undefined || python === undefined)
      throw new Error("a toolchain is missing");
    const [file = "", ...args] = command(programs, folder);
    const program = new Program(file, args, { stdin: "", cwd: folder.path });
    const address = () => ready.exec(program.stdout + program.stderr)?.[1];
    await program.until(() => address() !== undefined);
    const running = new Running(program, address() ?? "", python, credentials);
    try {
      await running.oracle.run(...seed);
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
    return running;
  }

  private constructor(
    program: Program,
    address: string,
    python: string,
    credentials: Product["credentials"],
  ) {
    this.program = program;
    this.oracle = new Oracle(python, address, credentials);
    const url = `flightsql://${address}?transport=tcp`;
    const [username, password] = credentials ?? [];
    this.settings =
      credentials === undefined ? { url } : { url, username, password };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.oracle[Symbol.asyncDispose]();
    await this.program.stop("SIGKILL");
  }
}

/** Why nothing can be proven with a product, if so. */
export function skipReason({ toolchain, install }: Product): string | false {
  return (
    missing(install(), toolchain) || missing(adbcPython(), "Python 3 with venv")
  );
}
