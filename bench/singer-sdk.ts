import { join } from "node:path";
import { pythonWith } from "../integration/cache.js";
import { adbcPackages } from "../integration/servers/oracle.js";
import type { Contender } from "./measurement.js";
import type { Command } from "./pipeline.js";
import type { Table } from "./sets.js";
import { fed, measured, writer } from "./whole-paths.js";
import type { World } from "./world.js";

/**
 * A tap of Meltano's Singer SDK. It is so slow that it is given a part of the rows, as many as make its
 * start-up small beside them.
 */
export function sdkTap(world: World, of: Table): Contender {
  const rows = of.rows / 10;
  return writer("Meltano SDK tap", rows, async () => {
    const uri = uriOf(await world.source(of.set));
    const { head } = await world.cache.lines(of.set, "singer");
    const config = { uri, schema_file: head, rows };
    return measured("tap", python("sdk-tap", world.config("sdk-tap", config)));
  });
}

/** `cat lines | target` with a target of the SDK, of a part of the lines too. */
export function sdkTarget(world: World, of: Table): Contender {
  return {
    label: "Meltano SDK target",
    run: async () =>
      await fed(world, { ...of, rows: of.rows / 20 }, (url) => {
        const config = world.config("sdk-target", { uri: uriOf(url) });
        return measured("target", python("sdk-target", config));
      }),
  };
}

/** The server's URL as the ADBC driver takes it. */
function uriOf(url: string): string {
  return `grpc+tcp://${new URL(url).host}`;
}

function python(script: string, config: string): Command {
  const bin = pythonWith(["singer-sdk==0.54.9", ...adbcPackages]);
  if (bin === undefined) throw new Error("there is no python3");
  const file = join(import.meta.dirname, `peers/${script}.py`);
  return [join(bin, "python"), file, "--config", config];
}
