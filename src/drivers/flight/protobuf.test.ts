import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../../failure.js";
import { decodeFlightData, encodeFlightData } from "./flight-data.js";
import {
  FlightInfo,
  HandshakeRequest,
  PollInfo,
  Timestamp,
} from "./messages.js";
import { optional, plain, repeated } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import { packAny, sqlMessages, unpackAny, unpackAs } from "./sql-messages.js";

const bytes = (...values: number[]) => Uint8Array.from(values);

function assertInvalid(run: () => unknown, pattern: RegExp): void {
  assert.throws(run, (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, "invalid_data");
    assert.match(error.message, pattern);
    return true;
  });
}

describe("presence", () => {
  const type = new MessageType("T", {
    plain: plain(1, "int32"),
    maybe: optional(2, "int32"),
  });

  test("a plain zero is not written, an optional one is", () => {
    assert.deepEqual([...type.encode({ plain: 0, maybe: 0 })], [16, 0]);
  });

  test("what is missing is zero, or undefined where that can be told", () => {
    assert.deepEqual(type.decode(bytes()), { plain: 0, maybe: undefined });
  });

  test("an empty nested message is there", () => {
    assert.deepEqual(PollInfo.decode(bytes(0x22, 0)).expirationTime, {
      seconds: 0n,
      nanos: 0,
    });
    assert.equal(PollInfo.decode(bytes()).expirationTime, undefined);
  });
});

describe("what other writers may do", () => {
  test("unknown fields of every wire type are skipped", () => {
    const unknown = bytes(
      0x98,
      6,
      200,
      1,
      0x99,
      6,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      0x9a,
      6,
      2,
      9,
      9,
      0x9d,
      6,
      1,
      2,
      3,
      4,
    );
    const known = Timestamp.encode({ seconds: -5n });
    assert.deepEqual(
      Timestamp.decode(Buffer.concat([unknown, known, unknown])),
      {
        seconds: -5n,
        nanos: 0,
      },
    );
    assert.deepEqual(
      [
        ...decodeFlightData(
          Buffer.concat([
            unknown,
            encodeFlightData({ body: [bytes(1, 2)] }),
            unknown,
          ]),
        ).body,
      ],
      [1, 2],
    );
  });

  test("repeated numbers come packed or one by one", () => {
    const { CommandGetSqlInfo } = sqlMessages;
    assert.deepEqual(
      CommandGetSqlInfo.decode(bytes(8, 1, 10, 2, 2, 3, 8, 4)).info,
      [1, 2, 3, 4],
    );
  });

  test("a lone value of more bits than its field has is cut as protobuf says", () => {
    const type = new MessageType("T", { value: repeated(1, "uint32") });
    assert.deepEqual(
      type.decode(bytes(8, 0xff, 0xff, 0xff, 0xff, 0xff, 1)).value,
      [2 ** 32 - 1],
    );
  });

  test("bytes are views of the input", () => {
    const input = encodeFlightData({
      header: bytes(1),
      body: [bytes(2, 3), bytes(4)],
    });
    const { body } = decodeFlightData(input);
    assert.equal(body.buffer, input.buffer);
    assert.deepEqual([...body], [2, 3, 4]);
  });
});

describe("hostile input ends in invalid_data", () => {
  test("a length beyond the end", () => {
    assertInvalid(
      () => FlightInfo.decode(bytes(10, 0xff, 0xff, 0xff, 0x7f, 1)),
      /announced .*in FlightInfo/,
    );
    assertInvalid(
      () => decodeFlightData(bytes(0xc2, 0x3e, 0xff, 0xff, 0xff, 0xff, 7)),
      /announced/,
    );
  });

  test("a varint that does not end", () => {
    assertInvalid(
      () => HandshakeRequest.decode(bytes(8, ...Array<number>(11).fill(0x80))),
      /ten bytes/,
    );
    assertInvalid(
      () => FlightInfo.decode(bytes(10, ...Array<number>(6).fill(0x80))),
      /five bytes/,
    );
  });

  test("field number 0, groups, a wrong wire type, text that is not UTF-8", () => {
    assertInvalid(() => FlightInfo.decode(bytes(0, 0)), /field number 0/);
    assertInvalid(() => FlightInfo.decode(bytes(0x93, 6)), /wire type 3/);
    assertInvalid(
      () => FlightInfo.decode(bytes(8, 1)),
      /wire type 0 instead of 2/,
    );
    assertInvalid(
      () => sqlMessages.CommandStatementQuery.decode(bytes(10, 1, 0xff)),
      /UTF-8/,
    );
  });

  test("any bytes decode or fail, and never otherwise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        for (const decode of [
          () => FlightInfo.decode(input),
          () => decodeFlightData(input),
          () => unpackAny(input),
        ])
          try {
            decode();
          } catch (error) {
            assert.ok(
              error instanceof Failure && error.code === "invalid_data",
              String(error),
            );
          }
      }),
      { numRuns: 2000 },
    );
  });
});

test("values that do not fit are not altered in silence", () => {
  assertInvalid(() => Timestamp.encode({ nanos: 2 ** 31 }), /does not fit/);
  assertInvalid(() => Timestamp.encode({ nanos: 0.5 }), /does not fit/);
  assertInvalid(() => Timestamp.encode({ seconds: 2n ** 63n }), /does not fit/);
  assertInvalid(
    () => HandshakeRequest.encode({ protocolVersion: -1n }),
    /does not fit/,
  );
  assertInvalid(
    () => packAny("CommandStatementQuery", { query: "\ud800" }),
    /surrogate/,
  );
});

describe("Any", () => {
  test("packs with the type's URL and unpacks by it", () => {
    const packed = packAny("CommandStatementQuery", { query: "SELECT 1" });
    assert.ok(
      packed.includes(
        "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery",
      ),
    );
    const message = unpackAny(packed);
    assert.equal(message?.name, "CommandStatementQuery");
    assert.deepEqual(message.value, {
      query: "SELECT 1",
      transactionId: undefined,
    });
  });

  test("what is not of Flight SQL is undefined, or refused where a message is expected", () => {
    const foreign = Buffer.from("\n\x1btype.googleapis.com/other.X");
    assert.equal(unpackAny(foreign), undefined);
    const inherited = "type.googleapis.com/arrow.flight.protocol.sql.toString";
    assert.equal(
      unpackAny(
        Buffer.from(`\n${String.fromCharCode(inherited.length)}${inherited}`),
      ),
      undefined,
    );
    assertInvalid(
      () =>
        unpackAs(
          "ActionBeginTransactionResult",
          packAny("CommandGetCatalogs", {}),
        ),
      /expected ActionBeginTransactionResult and got CommandGetCatalogs/,
    );
  });
});
