import assert from "node:assert/strict";
import { test } from "node:test";

import { status as Status } from "@grpc/grpc-js";

import {
  grpcError,
  serve,
} from "../../src/drivers/flight/scripted-server.test.js";
import type { FlightData } from "../../src/drivers/flight/flight-data.js";
import { FlightDescriptor } from "../../src/drivers/flight/messages.js";
import {
  DoPutUpdateResult,
  unpackAny,
} from "../../src/drivers/flight/sql-messages.js";
import { Folder, start, type Program } from "./programs.js";

const folder = new Folder();

/** What a server is asked to write. */
type Write = "CREATE" | "ingest" | "DROP";

/** `check --explain` with a server that sends SIGTERM before it answers `at`; `never`: it does not answer it at all. */
async function stopped(
  at: Write,
  never: boolean,
): Promise<{ readonly writes: readonly string[]; readonly program: Program }> {
  const writes: string[] = [];
  let isFirst = true;
  let begun: (program: Program) => void = () => undefined;
  const running = new Promise<Program>((resolve) => (begun = resolve));
  const came = (write: Write, answer: () => void) => {
    writes.push(write);
    if (write !== at || !isFirst) {
      answer();
      return;
    }
    isFirst = false;
    void running.then(async (program) => {
      program.child.kill("SIGTERM");
      // The log says that the signal has come.
      await program.until(() => program.stderr.includes("stopping"));
      if (!never) answer();
    });
  };
  await using server = await serve({
    GetFlightInfo(call, callback) {
      const name = unpackAny(call.request.cmd)?.name;
      if (name === "CommandGetTables" || name === "CommandStatementQuery")
        callback(null, {});
      else callback(grpcError(Status.UNIMPLEMENTED, `no ${name ?? ""}`));
    },
    DoPut(call) {
      let write: Write = "ingest";
      let isTrial = true;
      call.on("data", ({ descriptor, body }: FlightData) => {
        isTrial &&= body.byteLength === 0;
        if (descriptor === undefined) return;
        const command = unpackAny(FlightDescriptor.decode(descriptor).cmd);
        if (command?.name === "CommandStatementUpdate")
          write = command.value.query.startsWith("CREATE") ? "CREATE" : "DROP";
      });
      call.on("end", () => {
        const answer = () => {
          if (write === "CREATE") writes.push("made");
          const recordCount = write === "ingest" && !isTrial ? 2n : 0n;
          call.write({
            appMetadata: DoPutUpdateResult.encode({ recordCount }),
          });
          call.end();
        };
        if (write === "ingest" && isTrial) answer();
        else came(write, answer);
      });
    },
  });
  const config = folder.file("target.json", {
    url: server.url,
    dialect: "ansi",
  });
  const program = start("destination-flightsql", [
    "check",
    "--explain",
    "--config",
    config,
  ]);
  begun(program);
  await program.ended;
  return { writes, program };
}

for (const [at, never, expected] of [
  ["CREATE", false, ["CREATE", "made", "DROP"]],
  ["ingest", false, ["CREATE", "made", "ingest", "DROP"]],
  ["ingest", true, ["CREATE", "made", "ingest", "DROP"]],
  ["DROP", false, ["CREATE", "made", "ingest", "DROP"]],
  ["DROP", true, ["CREATE", "made", "ingest", "DROP", "DROP"]],
] as const)
  test(`SIGTERM at the ${at} of check --explain${never ? " that is never answered" : ""}: the table is dropped`, async () => {
    const { writes, program } = await stopped(at, never);
    const { signal, stderr } = await program.ended;
    assert.equal(signal, "SIGTERM", stderr);
    assert.deepEqual(writes, expected, stderr);
  });
