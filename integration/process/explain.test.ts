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
import { Folder, start, type Outcome, type Program } from "./programs.js";

const folder = new Folder();

/** What a server is asked to write. */
type Write = "CREATE" | "ingest" | "DROP";

interface Stopped {
  /** What the server was asked to write, in order; `made` when it has answered a CREATE. */
  readonly writes: readonly string[];
  /** The table of the CREATE, as its SQL names it. */
  readonly table: string;
  readonly outcome: Outcome;
}

/**
 * `check --explain` with a server that sends SIGTERM before it answers `at`.
 *
 * @param never the server does not answer it at all.
 * @param again it sends SIGTERM once more when the first one is known.
 */
async function stopped(
  at: Write,
  never: boolean,
  again: boolean,
): Promise<Stopped> {
  const writes: string[] = [];
  let table = "";
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
      await program.until(() => program.stderr.includes("dropping"));
      if (again) program.child.kill("SIGTERM");
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
        if (command?.name !== "CommandStatementUpdate") return;
        const { query } = command.value;
        write = query.startsWith("CREATE") ? "CREATE" : "DROP";
        if (write === "CREATE") table = /"(\w+)" \(/.exec(query)?.[1] ?? "";
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
  return { outcome: await program.ended, writes, table };
}

for (const [at, never, expected] of [
  ["CREATE", false, ["CREATE", "made", "DROP"]],
  ["ingest", false, ["CREATE", "made", "ingest", "DROP"]],
  ["ingest", true, ["CREATE", "made", "ingest", "DROP"]],
  ["DROP", false, ["CREATE", "made", "ingest", "DROP"]],
  ["DROP", true, ["CREATE", "made", "ingest", "DROP", "DROP"]],
] as const)
  test(`SIGTERM at the ${at} of check --explain${never ? " that is never answered" : ""}: the table is dropped`, async () => {
    const { writes, outcome } = await stopped(at, never, false);
    assert.equal(outcome.signal, "SIGTERM", outcome.stderr);
    assert.deepEqual(writes, expected, outcome.stderr);
  });

for (const [at, expected] of [
  ["CREATE", ["CREATE"]],
  ["DROP", ["CREATE", "made", "ingest", "DROP"]],
] as const)
  test(`a second SIGTERM at the ${at} of check --explain stops at once, and the table that it leaves is named`, async () => {
    const { writes, table, outcome } = await stopped(at, true, true);
    const { signal, stdout, stderr } = outcome;
    assert.equal(signal, "SIGTERM", stderr);
    assert.deepEqual(writes, expected, stderr);
    assert.match(table, /^flightsync_check_/);
    assert.match(stderr, new RegExp(`^WARN dropping .*${table}, `, "m"));
    assert.match(stderr, /^WARN SIGTERM again: stopping now\n$/m);
    assert.doesNotMatch(stderr, /CRITICAL/);
    // No finding of what was not found out.
    assert.doesNotMatch(stdout, /^(Write|Load|Swap)/m);
  });
