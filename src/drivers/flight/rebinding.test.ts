import { ServerCredentials } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import dns from "node:dns";
import type { LookupAddress } from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import { describe, mock, test } from "node:test";
import { FlightClient } from "./client.js";
import { located } from "./scenario.test.js";
import { quiet, serve } from "./scripted-server.test.js";
import { selfSigned } from "./self-signed.test.js";

const worker = "worker.test";

/** Runs `body` while the system's look-up of the worker's name gives these, one after the other, and then the last. */
async function withNames(
  answers: readonly (readonly LookupAddress[])[],
  body: () => Promise<void>,
): Promise<number> {
  const { lookup } = dns.promises;
  let asked = 0;
  const answer = (host: string, options: object) => {
    if (host !== worker) return lookup(host, { ...options, all: true });
    const found = answers[Math.min(asked++, answers.length - 1)] ?? [];
    return found.length > 0
      ? Promise.resolve([...found])
      : Promise.reject(new Error(`no address of ${host}`));
  };
  mock.method(dns.promises, "lookup", answer);
  syncBuiltinESMExports();
  try {
    await body();
  } finally {
    mock.restoreAll();
    syncBuiltinESMExports();
  }
  return asked;
}

const v4 = (address: string): LookupAddress => ({ address, family: 4 });
const v6 = (address: string): LookupAddress => ({ address, family: 6 });

describe("the address of another host", () => {
  const pair = selfSigned("localhost");
  const other = selfSigned(worker);
  const encrypted = ({ certificate, key }: typeof pair) =>
    ServerCredentials.createSsl(null, [
      { private_key: key, cert_chain: certificate },
    ]);

  test("is the one that was looked at: a name that leads elsewhere a moment later is not asked again", async () => {
    await using target = await serve(located([]));
    await using home = await serve(
      located([`grpc://${worker}:${String(target.port)}`]),
    );
    const names = [[v4("127.0.0.1")], [v4("169.254.169.254")]];
    const asked = await withNames(names, async () => {
      await using client = await FlightClient.connect(
        { url: home.url, allowedLocations: [worker], retriesMax: 0 },
        quiet(),
      );
      const { batches } = await client.rows("SELECT n");
      assert.equal(batches.length, 1);
    });
    assert.equal(asked, 1);
    const [{ authority } = { authority: "" }] = target.calls;
    assert.equal(authority, `${worker}:${String(target.port)}`);
  });

  test("must still show a certificate of the name", async () => {
    for (const [shown, works] of [
      [other, true],
      [pair, false],
    ] as const) {
      await using target = await serve(located([]), encrypted(shown));
      await using home = await serve(
        located([`grpc+tls://${worker}:${String(target.port)}`]),
        encrypted(pair),
      );
      await withNames([[v4("127.0.0.1")]], async () => {
        await using client = await FlightClient.connect(
          {
            url: `flightsql://localhost:${String(home.port)}`,
            tlsRootCerts: `${pair.certificate.toString()}${other.certificate.toString()}`,
            allowedLocations: [worker],
            retriesMax: 0,
          },
          quiet(),
        );
        const reading = client.rows("SELECT n");
        if (works) assert.equal((await reading).batches.length, 1);
        else await assert.rejects(reading, /another name/);
      });
    }
  });

  test("is refused when any of them is forbidden, and said to be missing when there is none", async () => {
    await using target = await serve(located([]));
    await using home = await serve(
      located([`grpc://${worker}:${String(target.port)}`]),
    );
    const read = async () => {
      await using client = await FlightClient.connect(
        { url: home.url, allowedLocations: [worker], retriesMax: 0 },
        quiet(),
      );
      await client.rows("SELECT n");
    };
    await withNames([[v4("127.0.0.1"), v4("169.254.169.254")]], () =>
      assert.rejects(read(), { code: "unauthorized" }),
    );
    await withNames([[], [v4("127.0.0.1")]], () =>
      assert.rejects(read(), {
        code: "unavailable",
        message: /^worker\.test has no address \(server worker\.test:/,
      }),
    );
    assert.equal(target.calls.length, 0);
  });

  test("of one family is tried when that of the other leads nowhere", async () => {
    await using target = await serve(located([]));
    await using home = await serve(
      located([`grpc://${worker}:${String(target.port)}`]),
    );
    await withNames([[v6("::1"), v4("127.0.0.1")]], async () => {
      await using client = await FlightClient.connect(
        { url: home.url, allowedLocations: [worker], retriesMax: 0 },
        quiet(),
      );
      assert.equal((await client.rows("SELECT n")).batches.length, 1);
    });
  });
});
