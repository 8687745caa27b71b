import { join } from "node:path";
import { npmClients } from "../integration/peers/npm-clients.js";
import { adbcPython } from "../integration/servers/oracle.js";
import { peer } from "./build.js";
import { EmbeddedServer } from "./embedded-server.js";
import type { Contender, Sample } from "./measurement.js";
import { node, runPipeline } from "./pipeline.js";
import type { Table } from "./whole-paths.js";
import type { World } from "./world.js";

type Command = readonly [string, ...string[]];

/** A client that times its own reading or loading of a table in a process of its own. */
function client(
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
          `${label} moved ${String(sample.rows)} rows of ${String(rows)}`,
        );
      return sample;
    },
  };
}

/** Table → apache-arrow's record batches, by the library. @param flags more options of `serve`. */
export function libraryRead(
  world: World,
  of: Table,
  ...flags: readonly string[]
): Contender {
  return client("library", of, async () => {
    const url = await world.source(of.set, ...flags);
    const options = JSON.stringify({ url, table: of.table });
    return node(peer("library-read"), options);
  });
}

/** The same over TLS. */
export function libraryReadTls(world: World, of: Table): Contender {
  return client("library, TLS", of, async () => {
    const { flags, cert: tlsRootCerts } = world.tls();
    const url = await world.source(of.set, ...flags);
    const options = JSON.stringify({ url, table: of.table, tlsRootCerts });
    return node(peer("library-read"), options);
  });
}

/** The same by grpc-js with its defaults and apache-arrow's reader. */
export function naiveRead(world: World, of: Table): Contender {
  return client("naive client", of, async () => {
    const url = await world.source(of.set);
    const options = JSON.stringify({ url, table: of.table });
    return node(peer("naive-read"), options);
  });
}

/** The same by a client of npm, which is installed outside of the project. */
export function npmRead(world: World, of: Table, name: string): Contender {
  return client(name, of, async () => {
    const { host: address } = new URL(await world.source(of.set));
    const folder = npmClients();
    const options = JSON.stringify({ address, table: of.table, folder, name });
    return node(peer("npm-read"), options);
  });
}

/** Table → pyarrow's record batches, by the ADBC driver, which is installed outside of the project. */
export function adbcRead(world: World, of: Table): Contender {
  return client("ADBC Python", of, async () => {
    const { host: address } = new URL(await world.source(of.set));
    return python("adbc-read", { address, table: of.table });
  });
}

/** Apache-arrow's record batches → table, by the library. */
export function libraryIngest(world: World, of: Table): Contender {
  return loader("library", world, of, (from, to) =>
    node(peer("library-ingest"), JSON.stringify({ from, to, table: of.table })),
  );
}

/** Pyarrow's record batches → table, by the ADBC driver. */
export function adbcIngest(world: World, of: Table): Contender {
  return loader("ADBC Python", world, of, (from, to) =>
    python("adbc-ingest", {
      from: new URL(from).host,
      to: new URL(to).host,
      table: of.table,
    }),
  );
}

/** A client that loads into an empty server what it has read from the set's. */
function loader(
  label: string,
  world: World,
  of: Table,
  command: (from: string, to: string) => Command,
): Contender {
  return {
    label,
    async run() {
      await using server = await EmbeddedServer.start();
      const from = await world.source(of.set);
      const run = () => Promise.resolve(command(from, server.url));
      return await client(label, of, run).run();
    },
  };
}

function python(script: string, options: object): Command {
  const bin = adbcPython();
  if (bin === undefined) throw new Error("there is no python3");
  return [
    join(bin, "python"),
    join(import.meta.dirname, `peers/${script}.py`),
    JSON.stringify(options),
  ];
}
