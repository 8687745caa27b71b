import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where software of others is installed: outside the repository, kept between runs. */
function cacheFolder(): string {
  const folder =
    process.env["FLIGHTSYNC_CACHE"] ?? join(homedir(), ".cache", "flightsync");
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Python of a virtual environment with the given packages, made on first use; undefined where there is no
 * Python. The folder's name carries the versions, so that a new one is a new folder.
 */
export function pythonWith(packages: readonly string[]): string | undefined {
  const folder = join(
    cacheFolder(),
    `python-${packages.join("-").replaceAll(/[^a-zA-Z0-9.-]/g, "_")}`,
  );
  const python = join(folder, "bin", "python");
  const done = join(folder, "pyvenv.cfg.installed");
  if (existsSync(done)) return python;
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  execFileSync("python3", ["-m", "venv", "--clear", folder]);
  execFileSync(python, ["-m", "pip", "install", "--quiet", ...packages]);
  execFileSync("touch", [done]);
  return python;
}
