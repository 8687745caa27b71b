import { pythonWith } from "../cache.js";

/** Folder of a Python that has SQLAlchemy for Flight SQL; pandas is what it forgets to ask for. */
export function sqlalchemyPython(): string | undefined {
  return pythonWith(["flightsql-dbapi==0.2.2", "pandas==3.0.0"]);
}

/** Folder of a Python that has Meltano's SDK for Singer taps and targets. */
export function singerSdkPython(): string | undefined {
  return pythonWith(["singer-sdk==0.54.9"]);
}
