import { join } from "node:path";

import { adbcPython } from "../servers/oracle.js";
import { proveClient, script } from "./client.js";
import { everyType } from "./every-type.js";

const tables = {
  every_type: null,
  names: null,
  people: null,
  pets: null,
};

proveClient({
  id: "adbc",
  name: "ADBC (Python)",
  version: "1.13.0",
  install: adbcPython,
  tries: (folder, { port, tls, username, password }) =>
    script(
      join(folder, "python"),
      join(import.meta.dirname, "adbc.py"),
      `grpc+tcp://127.0.0.1:${String(port)}`,
      username,
      password,
      `grpc+tls://localhost:${String(tls.port)}`,
      tls.ca,
    ),
  expected: {
    "log in": [["1"]],
    "wrong password": "ProgrammingError",
    // Its authority is known, nothing is verified, its authority is not known.
    TLS: [[["1"]], [["1"]], "OperationalError"],
    "every type": everyType,
    "failing SQL": "ProgrammingError",
    "a million rows": [1_000_000, true],
    "catalogs, schemas and tables": {
      catalogs: { memory: null },
      db_schemas: { memory: { main: null } },
      tables: { memory: { main: tables } },
      "table types": ["BASE TABLE", "VIEW"],
      views: { memory: { main: { names: null } } },
    },
    "columns of a table": [
      {
        main: {
          people: { id: null, name: null },
          pets: { id: null, owner: null, name: null },
        },
      },
      ["id: int64", "name: string"],
    ],
    "server information": "flightsync",
    "prepared statement": [2, ["int64", "string"]],
    parameters: [["2", "Bo"]],
    "many rows of parameters": [
      3,
      [
        ["1", "Ada"],
        ["2", "None"],
        ["9223372036854775807", "ü"],
      ],
    ],
    ingest: {
      create: [100_000, "100000"],
      append: [100_000, "200000"],
      replace: [100_000, "100000"],
      create_append: [100_000, "200000"],
      "create twice": "ProgrammingError",
      "append to nothing": "ProgrammingError",
      "rows fail to come": "OperationalError",
      "what is left": "ProgrammingError",
      "the same comes back": true,
    },
    // Rows that the transaction sees and rows that others see, before and after a rollback and a commit.
    transactions: [
      ["2", "0"],
      ["0", "0"],
      ["2", "0"],
      ["2", "2"],
    ],
    cancel: ["OSError", [["1"]]],
  },
  exceptions: {},
});
