import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { peer, product } from "./build.js";
import type { Case, Contender, Sample } from "./measurement.js";
import { node, runPipeline, type Command } from "./pipeline.js";
import type { World } from "./world.js";

/** Start-up against that of Node itself. */
export function startCases(world: World, repetitions: number): readonly Case[] {
  const yardstick = started("empty Node process", () => node(peer("empty")));
  const umbrella = ["--role", "source", "--engine", "flightsql"];
  const cases: readonly Pick<Case, "name" | "path" | "bar" | "ours">[] = [
    {
      name: "start-spec-source-flightsql",
      path: "source-flightsql spec",
      bar: { kind: "time", atMost: 1.3 },
      ours: started("spec", () => node(product("source-flightsql"), "spec")),
    },
    {
      name: "start-spec-flightsync",
      path: "flightsync spec",
      bar: { kind: "time", atMost: 1.3 },
      ours: started("spec", () =>
        node(product("flightsync"), "spec", ...umbrella),
      ),
    },
    {
      name: "start-first-call",
      path: "tap until its first call",
      bar: { kind: "time", atMost: 2.1 },
      ours: firstCall(world),
    },
  ];
  return cases.map((row) => ({ ...row, set: "", repetitions, yardstick }));
}

/** A program that only has to start and end. */
function started(label: string, command: () => Command): Contender {
  const run = async () => {
    const { seconds, usages } = await runPipeline([
      { name: label, command: command(), measured: true },
    ]);
    return { seconds, rows: 0, bytes: undefined, usages };
  };
  return {
    label,
    prove: async () => {
      await run();
    },
    run,
  };
}

/**
 * A tap that reads, from its start until the headers of its first gRPC call reach the server: all is loaded
 * that a call takes, and the connection stands. The server never answers, and the tap is killed.
 */
function firstCall(world: World): Contender {
  return {
    label: "first call",
    async run(): Promise<Sample> {
      const catalog = await world.catalog({
        set: "taxi",
        table: "taxi",
        rows: world.cache.rows("taxi"),
      });
      await using server = createServer();
      server.on("stream", (stream) => {
        stream.on("error", () => {
          // The tap is killed in the middle of its call.
        });
      });
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address() as AddressInfo;
      const url = `flightsql://127.0.0.1:${String(port)}?transport=tcp`;
      const config = world.config("first-call", { url });
      const options = ["--config", config, ...catalog];
      const command = node(product("tap-flightsql"), ...options);
      const begin = performance.now();
      // By a shell, as the stages of a pipeline are started, the empty process among them.
      const shell = ["-c", 'exec "$@"', "sh", ...command];
      const child = spawn("sh", shell, { stdio: "ignore" });
      const exit = once(child, "exit");
      const outcome = await Promise.race([
        once(server, "stream").then(() => performance.now()),
        exit.then(([code]) => `the tap exited with ${String(code)}`),
      ]);
      child.kill("SIGKILL");
      await exit;
      if (typeof outcome === "string") throw new Error(outcome);
      const seconds = (outcome - begin) / 1e3;
      return { seconds, rows: 0, bytes: undefined, usages: [] };
    },
  };
}
