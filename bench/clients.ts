import { join } from "node:path";
import { npmClients } from "../integration/peers/npm-clients.js";
import { adbcPython } from "../integration/servers/oracle.js";
import { EmbeddedServer } from "./embedded-server.js";
import type { Contender } from "./measurement.js";
import type { Command } from "./pipeline.js";
import { program, selfTimed } from "./self-timed.js";
import type { Table } from "./sets.js";
import type { World } from "./world.js";

/** Table → apache-arrow's record batches, by the library. @param flags more options of `serve`. */
export function libraryRead(
  world: World,
  of: Table,
  ...flags: readonly string[]
): Contender {
  return selfTimed("library", of.rows, async () => {
    const url = await world.source(of.set, ...flags);
    return program("library-read", { url, table: of.table });
  });
}

/** The same over TLS. */
export function libraryReadTls(world: World, of: Table): Contender {
  return selfTimed("library, TLS", of.rows, async () => {
    const { flags, cert: tlsRootCerts } = world.tls();
    const url = await world.source(of.set, ...flags);
    return program("library-read", { url, table: of.table, tlsRootCerts });
  });
}

/** The same by grpc-js with its defaults and apache-arrow's reader. */
export function naiveRead(world: World, of: Table): Contender {
  return selfTimed("naive client", of.rows, async () => {
    const url = await world.source(of.set);
    return program("naive-read", { url, table: of.table });
  });
}

/** The same by a client of npm, which is installed outside of the project. */
export function npmRead(world: World, of: Table, name: string): Contender {
  return selfTimed(name, of.rows, async () => {
    const { host: address } = new URL(await world.source(of.set));
    const folder = npmClients();
    const options = { address, table: of.table, folder, name };
    return program("npm-read", options);
  });
}

/** Table → pyarrow's record batches, by the ADBC driver, which is installed outside of the project. */
export function adbcRead(
  world: World,
  of: Table,
  ...flags: readonly string[]
): Contender {
  return selfTimed("ADBC Python", of.rows, async () => {
    const { host: address } = new URL(await world.source(of.set, ...flags));
    return python("adbc-read", { address, table: of.table });
  });
}

/** Apache-arrow's record batches → table, by the library. */
export function libraryIngest(world: World, of: Table): Contender {
  return loader("library", world, of, (from, to) =>
    program("library-ingest", { from, to, table: of.table }),
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
      return await selfTimed(label, of.rows, run).run();
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
