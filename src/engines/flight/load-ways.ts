/** Values of the setting `load_via`, best first. */
export const loadWays = [
  "ingest",
  "prepared_insert",
  "staging",
  "insert",
  "insert_query",
] as const;

export type LoadVia = (typeof loadWays)[number];
