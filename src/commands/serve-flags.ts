const text = { type: "string", requiresArg: true } as const;
const number = { type: "number", requiresArg: true } as const;

/** The flags of `serve`, as yargs takes them. Numbers that are not given take the server's defaults. */
export const serveFlags = {
  database: { ...text, describe: "DuckDB file; in memory without" },
  attach: {
    ...text,
    array: true,
    describe:
      "NAME=PATH: a Parquet, CSV or JSON file, or a pattern of several, as a table; may be repeated. Clients may read the file, of a pattern the folder",
  },
  init: { ...text, describe: "SQL file to run before the first client" },
  "allow-files": {
    type: "boolean",
    default: false,
    describe:
      "Lets SQL of clients read and write files and attach databases, as the user that runs the server",
  },
  "read-only": {
    type: "boolean",
    default: false,
    describe: "Refuse whatever writes",
  },
  host: { ...text, default: "127.0.0.1", describe: "Address to listen on" },
  port: {
    type: "number",
    default: 31337,
    describe: "Port to listen on; 0 takes a free one",
  },
  "ready-file": {
    ...text,
    describe: "File to write the URL to when clients can connect",
  },
  username: { ...text, implies: "password", describe: "User that may connect" },
  password: {
    ...text,
    implies: "username",
    describe: "Password of that user; ${NAME} and ${file:PATH} are expanded",
  },
  token: {
    ...text,
    conflicts: "username",
    describe: "Bearer token that may connect; expanded likewise",
  },
  users: {
    ...text,
    describe:
      "Users that may connect, a JSON file: name → password, password_hash, token, read_only",
  },
  "jwt-key": {
    ...text,
    conflicts: "jwt-jwks",
    describe:
      "Takes JSON Web Tokens: file with the public key (PEM) or the secret",
  },
  "jwt-jwks": {
    ...text,
    describe:
      "Takes JSON Web Tokens: key set, a file or an https URL, read again for keys that it lacks",
  },
  "jwt-jwks-interval": {
    ...number,
    describe: "Seconds that a key set is not read again (30)",
  },
  "jwt-issuer": { ...text, describe: "What the claim iss must be" },
  "jwt-audience": { ...text, describe: "What the claim aud must hold" },
  "tls-cert": {
    ...text,
    implies: "tls-key",
    describe: "Certificate chain, a PEM file",
  },
  "tls-key": {
    ...text,
    implies: "tls-cert",
    describe: "Private key, a PEM file",
  },
  "tls-client-ca": {
    ...text,
    implies: "tls-cert",
    describe: "Clients must show a certificate of these authorities (PEM file)",
  },
  "max-queries": {
    ...number,
    describe: "Queries, statements and ingests that run at a time (64)",
  },
  "max-queued-queries": {
    ...number,
    describe: "Queries that wait beyond that; more are UNAVAILABLE (256)",
  },
  "max-transactions": {
    ...number,
    describe: "Open transactions of one user (100)",
  },
  "max-polls": {
    ...number,
    describe: "Statements of PollFlightInfo that one user runs (100)",
  },
  "query-timeout": {
    ...number,
    describe:
      "Seconds that a statement may run, its result being read included; 0 is no limit (0)",
  },
  "memory-limit": {
    ...text,
    describe:
      "Memory that DuckDB may take, such as 4GB or 512MiB (80 % of the machine's)",
  },
  "max-stored-bytes": {
    ...number,
    describe:
      "Memory for results that wait to be fetched and bound parameters, of all clients together (1073741824)",
  },
  "max-message-bytes": {
    ...number,
    describe: "Largest message of a client (268435456)",
  },
  endpoints: {
    ...number,
    describe: "Endpoints that the result of a query is split into (1)",
  },
  "batch-rows": { ...number, describe: "Rows of a record batch (8192)" },
  "batch-bytes": { ...number, describe: "Bytes of a record batch (2097152)" },
  "idle-transaction-timeout": {
    ...number,
    describe: "Seconds until an unused transaction is rolled back (3600)",
  },
  "idle-session-timeout": {
    ...number,
    describe: "Seconds until an unused session is closed (3600)",
  },
  "drain-timeout": {
    ...number,
    default: 5,
    describe: "Seconds that calls may go on after SIGTERM",
  },
  "log-format": {
    choices: ["text", "json"] as const,
    default: "text",
    describe: "Lines on stderr",
  },
} as const;
