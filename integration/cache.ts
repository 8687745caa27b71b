import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where software of others is installed: outside the repository, kept between runs. A folder's name carries the
 * versions, so that a new one is a new folder; `fill` runs when it is not yet whole.
 */
function cached(name: string, fill: (folder: string) => void): string {
  const cache =
    process.env["FLIGHTSYNC_CACHE"] ??
    join(
      process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
      "flightsync",
    );
  const folder = join(cache, name.replaceAll(/[^a-zA-Z0-9.-]/g, "_"));
  const done = join(folder, ".installed");
  if (existsSync(done)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  fill(folder);
  writeFileSync(done, "");
  return folder;
}

/** Whether a program answers; `version` is what it takes to say its version. */
function answers(program: string, version: string): boolean {
  try {
    execFileSync(program, [version], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Folder of the programs of a Python virtual environment with the given packages; undefined where there is no
 * Python.
 */
export function pythonWith(packages: readonly string[]): string | undefined {
  if (!answers("python3", "--version")) return undefined;
  const folder = cached(`python-${packages.join("-")}`, (path) => {
    execFileSync("python3", ["-m", "venv", path]);
    const python = join(path, "bin", "python");
    execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages]);
  });
  return join(folder, "bin");
}

/** Folder with the program of a Go module at a version; undefined where there is no Go toolchain. */
export function goProgram(path: string, version: string): string | undefined {
  if (!answers("go", "version")) return undefined;
  return cached(
    `go-${path.slice(path.lastIndexOf("/") + 1)}-${version}`,
    (folder) => {
      const env = { ...process.env, GOBIN: folder, CGO_ENABLED: "0" };
      execFileSync("go", ["install", `${path}@${version}`], {
        env,
        stdio: ["ignore", "ignore", "pipe"],
      });
    },
  );
}

/** Folder whose node_modules has the given packages. */
export function npmPackages(packages: readonly string[]): string {
  return cached(`npm-${packages.join("-")}`, (folder) => {
    writeFileSync(join(folder, "package.json"), "{}");
    execFileSync(
      "npm",
      ["install", "--no-audit", "--no-fund", "--silent", ...packages],
      { cwd: folder },
    );
  });
}

/** What is there, or what to tell: without a toolchain nothing is proven, which CI does not accept. */
export function missing(
  found: string | undefined,
  toolchain: string,
): string | false {
  if (found !== undefined) return false;
  if (process.env["CI"] !== undefined)
    throw new Error(`CI must have ${toolchain}`);
  return `SKIPPED, ${toolchain} is not there: nothing was proven`;
}
