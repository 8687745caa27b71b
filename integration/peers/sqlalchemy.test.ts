import { join } from "node:path";

import { proveClient, script } from "./client.js";
import { everyType } from "./every-type.js";
import { sqlalchemyPython } from "./pythons.js";

const values = Object.entries(everyType).map(([name, [, value]]) => {
  // Rows go through pandas, which has no dates.
  if (name === "day") return "0001-01-01 00:00:00";
  // And through NumPy, whose arrays print without commas.
  return name === "list" ? "[1 None]" : value;
});

proveClient({
  id: "sqlalchemy",
  name: "SQLAlchemy (flightsql-dbapi)",
  version: "0.2.2",
  install: sqlalchemyPython,
  tries: (folder, { port, tls, username, password }) =>
    script(
      join(folder, "python"),
      join(import.meta.dirname, "sqlalchemy.py"),
      String(port),
      username,
      password,
      String(tls.port),
    ),
  expected: {
    "log in": [[["1"]], [1, "Ada"]],
    "wrong password": "FlightUnauthenticatedError",
    // Nothing is verified, and its authority is not known.
    TLS: [[["1"]], "FlightInternalError"],
    "every type": [values],
    "failing SQL": "ArrowKeyError",
    "catalogs, schemas and tables": [
      ["main"],
      ["every_type", "names", "people", "pets"],
      [true, false],
    ],
    "columns of a table": [
      ["id", "BIGINT", false],
      ["name", "TEXT", false],
    ],
    keys: { constrained_columns: ["id"], name: "people_id_pkey" },
    parameters: [["2", "Bo"]],
  },
  exceptions: {
    "many rows of parameters": {
      outcome: "fault",
      why: "values work; it cannot bind NULL",
      error: /unable to map "NoneType" type to PyArrow datatype/,
    },
  },
});
