// First part of npm run build: the programs and the library in dist/, with what every start loads in one piece.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Packages that stay outside: apache-arrow, whose classes the library gives to its user; those that bring native code
 * or WebAssembly, which are files; and those that few runs need. Of the rest, Node would look up some two hundred files
 * at every start, which takes twice as long as all else.
 */
const external = [
  "@bokuweb/zstd-wasm",
  "@duckdb/*",
  // grpc-js loads it for channelz and load reports, which nobody asks for.
  "@grpc/proto-loader",
  "apache-arrow",
  "flightsync",
  "jose",
  "parquet-wasm",
];

/** What CommonJS packages take for granted. */
const banner = `import { createRequire as createRequireOfBundle } from "node:module";
const require = createRequireOfBundle(import.meta.url);`;

rmSync(join(root, "dist"), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/index.ts", "src/bin/*.ts"],
  outbase: "src",
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  alias: { "string-width": "./src/util/ascii-width.ts" },
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  external,
  banner: { js: banner },
  metafile: true,
  logLevel: "warning",
});
writeFileSync(
  join(root, "dist/THIRD-PARTY-LICENSES.txt"),
  licences(Object.keys(metafile.inputs)),
);

/** The licence of each package that is part of the bundle. @throws Error when one has none. */
function licences(inputs: readonly string[]): string {
  const folders = inputs
    .map((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)]
    .sort()
    .map(licence)
    .join(`\n${"-".repeat(72)}\n`);
}

function licence(folder: string): string {
  const path = join(root, folder);
  const { name, version } = JSON.parse(
    readFileSync(join(path, "package.json"), "utf8"),
  ) as { readonly name: string; readonly version: string };
  const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence`);
  return `${name} ${version}\n\n${readFileSync(join(path, file), "utf8")}`;
}
