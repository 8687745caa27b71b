import { npmPackages } from "../cache.js";
import type { Client } from "./client.js";
import { flightSql, lance } from "./npm-tries.js";

/** Folder with every client for Flight SQL that npm has. */
export function npmClients(): string {
  return npmPackages([
    "@firetiger-oss/flight-sql-client@1.1.1",
    "@gizmodata/gizmosql-client@1.4.3",
    "@lancedb/arrow-flight-sql-client@0.3.0",
  ]);
}

const first = {
  id: 1,
  bool: true,
  i8: -128,
  u8: 255,
  i16: -32_768,
  u16: 65_535,
  i32: 2_147_483_647,
  u32: 4_294_967_295,
  i64: "-9223372036854775808",
  u64: "18446744073709551615",
  f32: Math.fround(0.1),
  f64: 5e-324,
  // apache-arrow tells decimals without their scale.
  dec: '"12345678901234567890123456789123456789"',
  text: 'ü "x"',
  bin: { 0: 0, 1: 255 },
  day: -62_135_596_800_000,
  clock: "86399999999",
  // And timestamps in milliseconds.
  wall: 1_709_208_000_123.456,
  instant: 1_709_200_800_123.456,
  list: [1, null],
  struct: { a: 1, b: "x" },
  map: { k: "9007199254740993" },
};
const rows = [
  first,
  {
    ...Object.fromEntries(Object.keys(first).map((name) => [name, null])),
    id: 2,
  },
];

const queries = {
  "log in": [{ one: 1 }],
  TLS: [{ one: 1 }],
  "every type": rows,
  "a million rows": [1_000_000, "499999500000"],
} as const;

const metadata = [
  ["memory"],
  [{ catalog: "memory", schema: "main" }],
  [
    ["every_type", "BASE TABLE"],
    ["names", "VIEW"],
    ["people", "BASE TABLE"],
    ["pets", "BASE TABLE"],
  ],
  ["BASE TABLE", "VIEW"],
];

const unwrapped = {
  outcome: "fault",
  why: "its commands are not wrapped in google.protobuf.Any",
  error: /the call holds no command of Flight SQL/,
} as const;

const unprepared = {
  outcome: "fault",
  why: "it sends a FlightDescriptor where DoAction takes an Action",
  error: /Expected argument of type arrow\.flight\.protocol\.Action/,
} as const;

const missingTable = "Catalog Error: Table with name nowhere does not exist!";

export const firetiger: Client = {
  id: "firetiger",
  name: "@firetiger-oss/flight-sql-client",
  version: "1.1.1",
  install: npmClients,
  tries: (folder, address) => flightSql(firetiger.name, folder, address),
  expected: {
    ...queries,
    // The reason is not passed on.
    "wrong password": "Failed to connect to 127.0.0.1",
    "failing SQL": `5 NOT_FOUND: ${missingTable}`,
  },
  exceptions: {
    "catalogs, schemas and tables": unwrapped,
    keys: unwrapped,
    "schema of a query": unwrapped,
    "prepared statement": unprepared,
  },
};

export const gizmosql: Client = {
  id: "gizmosql",
  name: "@gizmodata/gizmosql-client",
  version: "1.4.3",
  install: npmClients,
  tries: (folder, address) => flightSql(gizmosql.name, folder, address),
  expected: {
    ...queries,
    "wrong password":
      "Failed to connect to 127.0.0.1: the user name or the password is wrong",
    "failing SQL": `Failed to execute query: ${missingTable}`,
    "catalogs, schemas and tables": metadata,
    "server information": [
      [0, "flightsync"],
      [504, '"'],
    ],
  },
  exceptions: {
    keys: unwrapped,
    "schema of a query": unwrapped,
    "prepared statement": unprepared,
  },
};

export const lancedb: Client = {
  id: "lancedb",
  name: "@lancedb/arrow-flight-sql-client",
  version: "0.3.0",
  install: npmClients,
  tries: (folder, address) => lance(lancedb.name, folder, address),
  expected: {
    ...queries,
    "wrong password":
      "16 UNAUTHENTICATED: the user name or the password is wrong",
    "failing SQL": `5 NOT_FOUND: ${missingTable}`,
  },
  exceptions: {
    TLS: {
      outcome: "fault",
      why: "it always connects without TLS",
      error: /^Error: 14 UNAVAILABLE/,
    },
  },
};
