/**
 * Installs the software of others that the tests in this folder run against, and says what each costs. It runs
 * before the tests, which would else install the same folder side by side.
 */
import { npmClients } from "./peers/npm-clients.js";
import { oidcProvider } from "./peers/oauth-provider.js";
import {
  meltanoPython,
  singerBatchPython,
  singerSdkPython,
  sqlalchemyPython,
} from "./peers/pythons.js";
import { adbcPython } from "./servers/oracle.js";
import { pysail } from "./servers/pysail.js";
import { roapi } from "./servers/roapi.js";
import { sqlite } from "./servers/sqlite.js";

const installs = {
  "ADBC driver": adbcPython,
  "SQLAlchemy for Flight SQL": sqlalchemyPython,
  Meltano: meltanoPython,
  "Singer SDK": singerSdkPython,
  "Singer SDK with pyarrow": singerBatchPython,
  "clients of npm": npmClients,
  "oidc-provider": oidcProvider,
  [`${roapi.name}, ${pysail.name}`]: roapi.install,
  [sqlite.name]: sqlite.install,
};

for (const [name, install] of Object.entries(installs)) {
  const start = performance.now();
  const folder = install();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${name}: ${folder ?? "its toolchain is missing"} (${seconds} s)`,
  );
}
