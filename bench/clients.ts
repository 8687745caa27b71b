import { join } from "node:path";
import { adbcPython } from "../integration/servers/oracle.js";
import { peer } from "./build.js";
import type { Contender, Sample } from "./measurement.js";
import { node, runPipeline } from "./pipeline.js";
import type { Table } from "./whole-paths.js";
import type { World } from "./world.js";

type Command = readonly [string, ...string[]];

/** A client that times its own reading of a table of an embedded server in a process of its own. */
function reader(
  label: string,
  { rows }: Table,
  command: () => Promise<Command>,
): Contender {
  return {
    label,
    async run() {
      const stage = { name: label, command: await command() };
      const { output } = await runPipeline([stage]);
      const sample = JSON.parse(output) as Sample;
      if (sample.rows !== rows)
        throw new Error(
          `${label} read ${String(sample.rows)} rows of ${String(rows)}`,
        );
      return sample;
    },
  };
}

/** Table → apache-arrow's record batches, by the library. */
export function libraryRead(world: World, of: Table): Contender {
  return reader("library", of, async () => {
    const url = await world.source(of.set);
    const options = JSON.stringify({ url, table: of.table });
    return node(peer("library-read"), options);
  });
}

/** The same by grpc-js with its defaults and apache-arrow's reader. */
export function naiveRead(world: World, of: Table): Contender {
  return reader("naive client", of, async () => {
    const url = await world.source(of.set);
    const options = JSON.stringify({ url, table: of.table });
    return node(peer("naive-read"), options);
  });
}

/** Table → pyarrow's record batches, by the ADBC driver, which is installed outside of the project. */
export function adbcRead(world: World, of: Table): Contender {
  return reader("ADBC Python", of, async () => {
    const python = adbcPython();
    if (python === undefined) throw new Error("there is no python3");
    const { host: address } = new URL(await world.source(of.set));
    const options = JSON.stringify({ address, table: of.table });
    const script = join(import.meta.dirname, "peers/adbc-read.py");
    return [join(python, "python"), script, options];
  });
}
