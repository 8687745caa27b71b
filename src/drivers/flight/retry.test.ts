import { status as Status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../failure.js";
import type { FailureCode } from "../../failure.js";
import { CallEnd } from "./call-end.js";
import type { CallEndFacts } from "./call-end.js";
import { Retries } from "./retry.js";
import type { RetryOptions, Task } from "./retry.js";

const never = new AbortController().signal;
const task: Task = {
  what: "call DoGet",
  replay: "safe",
  deadline: Infinity,
  signals: [never],
};

function ended(
  facts: Partial<CallEndFacts> = {},
  code: FailureCode = "unavailable",
): Failure {
  const cause = new CallEnd("busy", {
    code: Status.UNAVAILABLE,
    untouched: false,
    retryAfter: undefined,
    ...facts,
  });
  return new Failure(code, "busy", { cause });
}

/** What happens to a task whose attempts end with these failures, and then well. */
async function play(
  failures: readonly Failure[],
  options: Partial<RetryOptions> & Partial<Task> = {},
): Promise<{ pauses: number[]; logged: string[]; failure?: Failure }> {
  const pauses: number[] = [];
  const logged: string[] = [];
  const retries = new Retries({
    retriesMax: 4,
    random: () => 1,
    log: (_, text) => logged.push(text),
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    ...options,
  });
  const left = [...failures];
  try {
    await retries.run({ ...task, ...options }, () => {
      const failure = left.shift();
      return failure === undefined
        ? Promise.resolve()
        : Promise.reject(failure);
    });
  } catch (error) {
    assert.ok(error instanceof Failure);
    return { pauses, logged, failure: error };
  }
  assert.equal(left.length, 0);
  return { pauses, logged };
}

describe("pauses", () => {
  test("double up to 10 s, and each is told", async () => {
    const { pauses, logged } = await play(Array(8).fill(ended()), {
      retriesMax: 8,
    });
    assert.deepEqual(pauses, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    assert.equal(logged[0], "call DoGet: busy; try 2 of 9 in 0.20 s");
  });

  test("are anything from nothing to that, so that many clients spread out", async () => {
    const { pauses } = await play([ended(), ended()], { random: () => 0.25 });
    assert.deepEqual(pauses, [50, 100]);
  });

  test("are what the server asks for, and a little spread", async () => {
    const { pauses } = await play([ended({ retryAfter: 3000 })]);
    assert.deepEqual(pauses, [3200]);
  });
});

describe("gives up", () => {
  const cases: readonly {
    readonly name: string;
    readonly failures: readonly Failure[];
    readonly options?: Partial<RetryOptions> & Partial<Task>;
    readonly attempts: number;
  }[] = [
    {
      name: "after the last attempt",
      failures: Array<Failure>(9).fill(ended()),
      attempts: 5,
    },
    {
      name: "at once when told to",
      failures: [ended()],
      options: { retriesMax: 0 },
      attempts: 1,
    },
    {
      name: "when the pause would pass the deadline",
      failures: [ended({ retryAfter: 60_000 })],
      options: { deadline: Date.now() + 30_000 },
      attempts: 1,
    },
    {
      name: "when the server wants to be left alone for long",
      failures: [ended({ retryAfter: 121_000 })],
      attempts: 1,
    },
    {
      name: "when the server never wants it again",
      failures: [ended({ retryAfter: Infinity })],
      attempts: 1,
    },
    {
      name: "on what may have had an effect",
      failures: [ended()],
      options: { replay: "once" },
      attempts: 1,
    },
    {
      name: "on what is no matter of time",
      failures: [ended({ code: Status.INTERNAL }, "internal")],
      attempts: 1,
    },
    {
      name: "on what the settings are to blame for",
      failures: [ended({}, "invalid_config")],
      attempts: 1,
    },
    {
      name: "on RESOURCE_EXHAUSTED that gives no time",
      failures: [ended({ code: Status.RESOURCE_EXHAUSTED }, "exhausted")],
      attempts: 1,
    },
    {
      name: "on what no call failed with",
      failures: [new Failure("unavailable", "busy")],
      attempts: 1,
    },
  ];
  for (const { name, failures, options, attempts } of cases)
    test(name, async () => {
      const { pauses, failure } = await play(failures, options);
      assert.equal(pauses.length, attempts - 1);
      assert.match(
        failure?.message ?? "",
        attempts === 1 ? /^busy$/ : /^busy; tried 5 times$/,
      );
    });

  test("when most of many calls fail, until calls succeed again", async () => {
    const retries = new Retries({
      retriesMax: 1,
      log: () => undefined,
      sleep: () => Promise.resolve(),
    });
    let attempts = 0;
    const fail = () => {
      attempts++;
      return Promise.reject(ended());
    };
    for (let call = 0; call < 30; call++)
      await assert.rejects(retries.run(task, fail));
    assert.ok(attempts < 45, `${String(attempts)} attempts of 30 calls`);
    for (let call = 0; call < 250; call++)
      await retries.run(task, () => Promise.resolve());
    attempts = 0;
    await assert.rejects(retries.run(task, fail));
    assert.equal(attempts, 2);
  });
});

describe("repeats", () => {
  for (const [name, facts, code] of [
    ["what the server cannot have acted on", { untouched: true }, undefined],
    [
      "what ran out of the server's time",
      { code: Status.DEADLINE_EXCEEDED, untouched: true },
      "timeout",
    ],
    [
      "RESOURCE_EXHAUSTED that gives a time",
      { code: Status.RESOURCE_EXHAUSTED, retryAfter: 0, untouched: true },
      "exhausted",
    ],
  ] as const)
    test(`${name}, even if it is good only once`, async () => {
      const { pauses, failure } = await play([ended(facts, code)], {
        replay: "once",
      });
      assert.equal(failure, undefined);
      assert.equal(pauses.length, 1);
    });
});

test("an abort ends the pause", async () => {
  const abort = new AbortController();
  const retries = new Retries({
    retriesMax: 4,
    log: () => {
      abort.abort();
    },
  });
  const failing = () => Promise.reject(ended({ retryAfter: 100_000 }));
  await assert.rejects(
    retries.run({ ...task, signals: [never, abort.signal] }, failing),
    { code: "cancelled" },
  );
});

test("what is thrown but no Failure is thrown on as it is, so that its thrower knows it", async () => {
  const error = new Error("taken back");
  const retries = new Retries({ retriesMax: 4, log: () => undefined });
  for (const replay of ["safe", "conflict"] as const)
    await assert.rejects(
      retries.run({ ...task, replay }, () => Promise.reject(error)),
      (thrown) => thrown === error,
    );
});
