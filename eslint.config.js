import tseslint from "typescript-eslint";

/** Folders of src/ that a file in `folder` may import from; `.` is the nouns at the root. */
const layers = {
  util: [],
  arrow: ["util", "failure"],
  json: ["arrow", "util", "failure"],
  sql: ["json", "arrow", "util", "nouns"],
  drivers: ["arrow", "util", "nouns"],
  engines: ["drivers", "sql", "arrow", "util", "nouns"],
  protocols: ["json", "arrow", "util", "nouns"],
  commands: ["json", "arrow", "util", "nouns"],
  server: ["arrow", "drivers/flight", "util", "nouns"],
  library: ["drivers", "arrow", "util", "nouns"],
  demo: ["drivers", "json", "arrow", "util", "nouns"],
};
const folders = Object.keys(layers);
const nouns = ["catalog", "engine", "failure", "message", "protocol", "state"];

/** Nothing imports main, and every folder imports only what the design lets it. */
const inward = folders.map((folder) => {
  const allowed = layers[folder];
  const banned = [
    ...folders.filter(
      (other) =>
        other !== folder && !allowed.some((a) => a.split("/")[0] === other),
    ),
    ...(allowed.includes("nouns")
      ? []
      : nouns.filter((noun) => !allowed.includes(noun))),
    "main",
    "cli",
    "command-messages",
    "config",
    "interruption",
    "reporter",
    "bin",
  ];
  const regex = `^(\\.\\./)+(${banned.join("|")})(/|\\.js$)`;
  return {
    files: [`src/${folder}/**/*.ts`],
    ignores: ["**/*.test.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex,
              message: `src/${folder} imports only: ${allowed.join(", ") || "nothing of ours"}.`,
            },
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  // AssemblyScript is no TypeScript; its own compiler checks it.
  { ignores: ["dist", ".cache", "src/json/kernel/assembly"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { noInlineConfig: true },
    rules: {
      // node:test's `test` and `describe` return promises that the runner awaits.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            {
              from: "package",
              package: "node:test",
              name: ["describe", "it", "suite", "test"],
            },
          ],
        },
      ],
    },
  },
  ...inward,
);
