import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
/** Inside the project, so that the built files find its dependencies. */
const out = join(root, ".cache/bench");

/** A built program of the product. @throws Error when it was not built. */
export function product(bin: string): string {
  const path = join(root, "dist/bin", `${bin}.js`);
  if (!existsSync(path))
    throw new Error(`${path} is missing. Run: npm run build`);
  return path;
}

/** A program of this folder as `buildPeers` left it: `peers/naive-tap.ts` is "naive-tap". */
export function peer(name: string): string {
  return join(out, `${name}.js`);
}

/**
 * Turns every program in peers/ and ours/ into JavaScript, because loading them through tsx would show in
 * their start-up and memory.
 */
export async function buildPeers(): Promise<void> {
  const entryPoints = ["peers", "ours"].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, folder))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => ({
        in: join(import.meta.dirname, folder, file),
        out: basename(file, ".ts"),
      })),
  );
  await build({
    entryPoints,
    outdir: out,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    packages: "external",
    logLevel: "warning",
  });
}
