import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Batch } from "../../arrow/batch.js";
import { MessageReader } from "../../arrow/ipc.js";
import { Failure } from "../../failure.js";
import { FlightClient } from "./client.js";
import type { IngestMode } from "./ingest.js";
import { FlightDescriptor } from "./messages.js";
import {
  batch,
  grpcError,
  int64s,
  quiet,
  serve,
  withClient,
} from "./scripted-server.test.js";
import type { FlightHandlers } from "./service.js";
import {
  DoPutUpdateResult,
  packAny,
  unpackAny,
  unpackAs,
} from "./sql-messages.js";
import type { SqlMessage } from "./sql-messages.js";

const rows = batch({ n: [1n, 2n] });

async function* repeated(times: number): AsyncGenerator<Batch> {
  for (let index = 0; index < times; index++) yield await Promise.resolve(rows);
}

function countOf(recordCount: bigint): { readonly appMetadata: Uint8Array } {
  return { appMetadata: DoPutUpdateResult.encode({ recordCount }) };
}

/** What a DoPut brought. */
interface Received {
  command: SqlMessage | undefined;
  values: bigint[];
  ended: boolean;
}

type PutCall = Parameters<NonNullable<FlightHandlers["DoPut"]>>[0];

/** Reads DoPuts; `answer` runs when the client has sent all. */
function receiving(
  answer: (call: PutCall, received: Received) => void,
): FlightHandlers & { received: Received } {
  const received: Received = { command: undefined, values: [], ended: false };
  return {
    received,
    DoPut(call) {
      const reader = new MessageReader();
      call.on(
        "data",
        (data: {
          descriptor?: Uint8Array;
          header: Uint8Array;
          body: Uint8Array;
        }) => {
          if (data.descriptor !== undefined)
            received.command = unpackAny(
              FlightDescriptor.decode(data.descriptor).cmd,
            );
          const part = reader.read(data.header, data.body);
          if (part !== undefined)
            received.values = received.values.concat(int64s(part));
        },
      );
      call.on("end", () => {
        received.ended = true;
        answer(call, received);
      });
    },
  };
}

describe("ingest", { timeout: 30_000 }, () => {
  const modes = {
    create: { ifNotExist: 1, ifExists: 1 },
    append: { ifNotExist: 2, ifExists: 2 },
    replace: { ifNotExist: 1, ifExists: 3 },
    create_append: { ifNotExist: 1, ifExists: 2 },
  } as const satisfies Record<IngestMode, object>;

  for (const [mode, tableDefinitionOptions] of Object.entries(modes))
    test(`sends the command, the schema and every batch: ${mode}`, () => {
      const { received, ...handlers } = receiving((call, { values }) => {
        call.write(countOf(BigInt(values.length)));
        call.end();
      });
      return withClient(handlers, async (client) => {
        const target = {
          catalog: "c",
          dbSchema: "s",
          table: "t",
          mode: mode as IngestMode,
          temporary: true,
          transaction: Uint8Array.of(9),
          options: { key1: "val1", key2: "" },
        };
        assert.equal(await client.ingest(target, rows.schema, repeated(3)), 6n);
        assert.deepEqual(received.values, [1n, 2n, 1n, 2n, 1n, 2n]);
        assert.equal(received.command?.name, "CommandStatementIngest");
        const { transactionId, ...value } = received.command.value;
        assert.deepEqual([...(transactionId ?? [])], [9]);
        assert.deepEqual(value, {
          tableDefinitionOptions,
          table: "t",
          schema: "s",
          catalog: "c",
          temporary: true,
          options: new Map([
            ["key1", "val1"],
            ["key2", ""],
          ]),
        });
        assert.equal(client.openCalls, 0);
      });
    });

  const target = { table: "t", mode: "append" } as const;

  test("what is not given is not sent", () => {
    const { received, ...handlers } = receiving((call) => {
      call.end();
    });
    return withClient(handlers, async (client) => {
      assert.equal(
        await client.ingest(target, rows.schema, repeated(0)),
        -1n,
        "no count was told",
      );
      assert.equal(received.command?.name, "CommandStatementIngest");
      const { schema, catalog, transactionId } = received.command.value;
      assert.deepEqual(
        [schema, catalog, transactionId],
        [undefined, undefined, undefined],
      );
    });
  });

  test("an error after a partial result tells how many rows are in", () => {
    const { received, ...handlers } = receiving((call) => {
      call.write(countOf(4n));
      call.emit("error", grpcError(Status.RESOURCE_EXHAUSTED, "disk full"));
    });
    return withClient(handlers, async (client) => {
      await assert.rejects(
        client.ingest(target, rows.schema, repeated(3)),
        (error) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.code, "exhausted");
          assert.match(
            error.message,
            /^disk full \(server .*\); 4 rows had been loaded before/,
          );
          return true;
        },
      );
      assert.equal(received.ended, true);
      assert.equal(client.openCalls, 0);
    });
  });

  test("a result that is no message is refused, and the call ends", () =>
    withClient(
      {
        DoPut(call) {
          call.once("data", () => {
            call.write({ appMetadata: Uint8Array.of(0x0a, 9) });
          });
        },
      },
      async (client) => {
        await assert.rejects(client.ingest(target, rows.schema, repeated(2)), {
          code: "invalid_data",
          message: /DoPutUpdateResult/,
        });
        await assert.rejects(client.query("SELECT 1"), { code: "unsupported" });
        assert.equal(client.openCalls, 0);
      },
    ));

  test("a server that refuses early stops the sending, and its reason is told", () => {
    let produced = 0;
    async function* source(): AsyncGenerator<Batch> {
      for (;;) {
        produced++;
        yield await Promise.resolve(rows);
      }
    }
    return withClient(
      {
        DoPut(call) {
          call.once("data", () => {
            call.emit("error", grpcError(Status.NOT_FOUND, "no table t"));
          });
        },
      },
      async (client) => {
        await assert.rejects(client.ingest(target, rows.schema, source()), {
          code: "not_found",
          message: /^no table t \(server/,
        });
        assert.ok(produced > 0);
        assert.equal(client.openCalls, 0);
      },
    );
  });

  test("it need not wait for the source to hear of it", () =>
    withClient(
      {
        DoPut(call) {
          call.once("data", () => {
            call.emit("error", grpcError(Status.NOT_FOUND, "no table t"));
          });
        },
      },
      async (client) => {
        async function* hanging(): AsyncGenerator<Batch> {
          yield await new Promise<never>(() => undefined);
        }
        await assert.rejects(client.ingest(target, rows.schema, hanging()), {
          code: "not_found",
        });
      },
    ));

  test("an error of the source cancels the call and is what comes out", () => {
    let gone: () => void = () => undefined;
    const cancelled = new Promise<void>((resolve) => (gone = resolve));
    return withClient(
      {
        DoPut(call) {
          call.on("data", () => undefined);
          call.on("cancelled", gone);
        },
      },
      async (client) => {
        const reason = new Error("the source broke");
        async function* source(): AsyncGenerator<Batch> {
          yield* repeated(2);
          throw reason;
        }
        await assert.rejects(
          client.ingest(target, rows.schema, source()),
          reason,
        );
        await cancelled;
        assert.equal(client.openCalls, 0);
      },
    );
  });

  test("an abort ends it while the source waits", () => {
    const abort = new AbortController();
    return withClient(
      { DoPut: (call) => call.on("data", () => undefined) },
      async (client) => {
        let released = false;
        async function* source(): AsyncGenerator<Batch> {
          try {
            yield rows;
            abort.abort();
            yield* repeated(1);
          } finally {
            released = true;
          }
        }
        await assert.rejects(
          client.ingest(target, rows.schema, source(), abort.signal),
          {
            code: "cancelled",
          },
        );
        assert.equal(released, true);
        assert.equal(client.openCalls, 0);
      },
    );
  });

  test("a server with gRPC's default limit takes a batch of any size", async () => {
    const count = 3_000_000;
    const numbers = Array.from({ length: count }, (_, row) => BigInt(row));
    const large = batch({ n: numbers });
    const { received, ...handlers } = receiving((call, { values }) => {
      call.write(countOf(BigInt(values.length)));
      call.end();
    });
    await using server = await serve(handlers, undefined, {});
    await using client = await FlightClient.connect(
      { url: server.url },
      quiet(),
    );
    async function* source(): AsyncGenerator<Batch> {
      yield await Promise.resolve(large);
    }
    const loaded = await client.ingest(target, large.schema, source());
    assert.equal(loaded, BigInt(count));
    assert.ok(received.values.every((value, row) => value === BigInt(row)));
  });

  test("a server that does not read holds the source back", () => {
    // 1 MiB each; the server's HTTP/2 window and both sides' buffers take a few.
    const large = batch({ n: Array<bigint>(131_072).fill(1n) });
    let produced = 0;
    async function* source(): AsyncGenerator<Batch> {
      for (; produced < 300; produced++) yield await Promise.resolve(large);
    }
    return withClient(
      {
        DoPut: (call) => {
          call.pause();
        },
        GetFlightInfo: (_call, callback) => {
          callback(null, {});
        },
      },
      async (client) => {
        const abort = new AbortController();
        const ingest = client.ingest(
          target,
          large.schema,
          source(),
          abort.signal,
        );
        const failed = assert.rejects(ingest, { code: "cancelled" });
        let before = -1;
        for (let still = 0; still < 20;) {
          await client.query("SELECT 1");
          still = produced === before ? still + 1 : 0;
          before = produced;
        }
        assert.ok(before < 60, `${String(before)} batches were taken`);
        abort.abort();
        await failed;
      },
    );
  });
});

describe("update", () => {
  test("sends the statement and tells the rows it changed", () => {
    const { received, ...handlers } = receiving((call) => {
      call.write(countOf(3n));
      call.end();
    });
    return withClient(handlers, async (client) => {
      assert.equal(
        await client.update("DELETE FROM t", {
          transaction: Uint8Array.of(1, 2),
        }),
        3n,
      );
      assert.equal(received.command?.name, "CommandStatementUpdate");
      assert.equal(received.command.value.query, "DELETE FROM t");
      assert.deepEqual(
        [...(received.command.value.transactionId ?? [])],
        [1, 2],
      );
    });
  });

  test("an error of the statement is told with its text", () =>
    withClient(
      receiving((call) => {
        call.emit(
          "error",
          grpcError(Status.INVALID_ARGUMENT, "syntax error at DELET"),
        );
      }),
      async (client) => {
        await assert.rejects(client.update("DELET"), {
          code: "internal",
          message:
            /^syntax error at DELET \(server 127\.0\.0\.1:\d+, call DoPut\)$/,
        });
      },
    ));
});

test("transactions begin, and end as they are told", () => {
  const ended: [string, number[], number][] = [];
  return withClient(
    {
      DoAction(call) {
        const { type, body } = call.request;
        if (type === "BeginTransaction") {
          unpackAs("ActionBeginTransactionRequest", body);
          call.write({
            body: packAny("ActionBeginTransactionResult", {
              transactionId: Uint8Array.of(5),
            }),
          });
        } else {
          const { transactionId, action } = unpackAs(
            "ActionEndTransactionRequest",
            body,
          );
          ended.push([type, [...transactionId], action]);
        }
        call.end();
      },
    },
    async (client) => {
      const id = await client.beginTransaction();
      await client.endTransaction(id, "commit");
      await client.endTransaction(id, "rollback");
      assert.deepEqual(ended, [
        ["EndTransaction", [5], 1],
        ["EndTransaction", [5], 2],
      ]);
    },
  );
});
