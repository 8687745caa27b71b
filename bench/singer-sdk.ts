import { join } from "node:path";
import { singerSdkPython } from "../integration/peers/pythons.js";
import type { Contender } from "./measurement.js";
import { runPipeline, type Command } from "./pipeline.js";
import type { Table } from "./sets.js";
import { feeder, measured, writer } from "./whole-paths.js";
import type { World } from "./world.js";

/**
 * A tap of Meltano's Singer SDK. It is so slow that it is given a part of the rows, as many as make its
 * start-up small beside them.
 */
export function sdkTap(world: World, of: Table): Contender {
  const rows = of.rows / 10;
  return writer("Singer SDK tap", rows, async () => {
    const { head: schema_file } = await world.cache.lines(of.set, "singer");
    const { file: rows_file } = await world.cache.rowLines(of.set);
    const config = { rows_file, schema_file, rows };
    return measured("tap", python("sdk-tap", world.config("sdk-tap", config)));
  });
}

/** `cat lines | target` with a target of the SDK, of a part of the lines too. */
export function sdkTarget(world: World, of: Table): Contender {
  const rows = of.rows / 20;
  return {
    label: "Singer SDK target",
    async run() {
      const config = world.config("sdk-target", { rows });
      const { seconds, usages } = await runPipeline([
        await feeder(world, { ...of, rows }),
        measured("target", python("sdk-target", config)),
      ]);
      return { seconds, rows, bytes: undefined, usages };
    },
  };
}

function python(script: string, config: string): Command {
  const bin = singerSdkPython();
  if (bin === undefined) throw new Error("there is no python3");
  const file = join(import.meta.dirname, `peers/${script}.py`);
  return [join(bin, "python"), file, "--config", config];
}
