import { pythonWith } from "../cache.js";

/** Folder of a Python that has SQLAlchemy for Flight SQL; pandas is what it forgets to ask for. */
export function sqlalchemyPython(): string | undefined {
  return pythonWith(["flightsql-dbapi==0.2.2", "pandas==3.0.0"]);
}

/** Folder of a Python that has Meltano. */
export function meltanoPython(): string | undefined {
  return pythonWith(["meltano==4.4.1"]);
}

/** Folder of a Python that has Meltano's SDK for Singer taps and targets, and what its tests need. */
export function singerSdkPython(): string | undefined {
  return pythonWith([
    "singer-sdk[testing]==0.54.9",
    "pytest==9.2.0",
    // Without it no format is checked.
    "jsonschema[format-nongpl]==4.26.0",
  ]);
}

/** Folder of a Python whose Singer SDK reads and writes files of rows. */
export function singerBatchPython(): string | undefined {
  return pythonWith(["singer-sdk==0.54.9", "pyarrow==26.0.1"]);
}
