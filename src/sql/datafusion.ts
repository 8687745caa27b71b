import { ansi } from "./ansi.js";
import type { Dialect } from "./dialect.js";

/**
 * DataFusion (https://datafusion.apache.org/user-guide/sql/data_types.html), which InfluxDB 3, ROAPI and others
 * are made of. Times are nanoseconds.
 */
export const datafusion: Dialect = {
  ...ansi,
  name: "datafusion",
  types: {
    ...ansi.types,
    float: (type) =>
      type.type === "float" && type.bits < 64 ? "REAL" : "DOUBLE",
    binary: () => "BYTEA",
    time: () => "TIME",
    timestamp: (type) =>
      type.type === "timestamp" && type.timezone !== undefined
        ? "TIMESTAMP WITH TIME ZONE"
        : "TIMESTAMP",
  },
};
