import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { decodeLz4Frame, encodeLz4Frame } from "./lz4-frame.js";
import { xxhash32 } from "./xxhash32.js";
import { decodeZstdFrame, encodeZstdFrame, loadZstd } from "./zstd-frame.js";

/** What the frames below hold: 50 lines over and over, then lines that differ. */
const content = Buffer.from(
  Array.from({ length: 9200 }, (_, i) => {
    return `line ${String(i < 9000 ? i % 50 : i)} of the text\n`;
  }).join(""),
);

/** Made by Python's lz4 4.4.5, `lz4.frame.compress(content, …)`, then by zlib, in base64. */
const lz4Frames = {
  // block_size=4, block_linked=True, content_checksum=True, block_checksum=True, store_size=True
  "blocks of 64 KiB that go on in the next, all checksums": unpack([
    "eNrl1jtLK0EUAOCZzaoxSEZMFLHIBiu73dnNJlkQFWwsVPIDbhsfIGqRwsrb+QsUbPwZARUxvh+l",
    "jZUPsBDxfUUsVIznnCnE4GvliogD5zubCTmZGeaE6I1d9X/aOjY1hmPThPxPH+gfzMat+FBPPNeX",
    "jeeyI7lQhMUkhA3hQCQgXIgkRAoiDeFFmCELjIsFBg+LyBKyjKwgq8gaso5sALZvHN8k/CJgeQLW",
    "KWDBYoXx8N+AgK0I2BNuThQg5iH2AsVfPNozeE1kQ2dld4QzFrO27gwZu2eiufjbx2IGWmagX6+d",
    "OtkvY6wYgoOynzcU9Zgto3itEQdJIC6SRFJIGoh50e+5+Bf8pYv/YpuP8dfb/Id2ym6rZ1nleYYp",
    "qFJIpSqVwipVq1SjUlSlOpXq88z0rIM8hxdyh2niMM9h4og8Jk/Jc/KSvCKvyRtyewYL2NNcM95H",
    "HM1QdfKUPCcvySvymryhug4u7JYm7skHks2iGqmT5WSQDJFVZHgWy7iduma4wwFgXHsLXCg9JeGL",
    "/ZHyTdo3nk+4ISeD2hOmtGBSWfLWRzGlnOaf/fB7pR04elE6Nxzg/6G021T2Nav+YkyZnqsoOZS3",
    "qQMy9FPectbL8d/TxPJo4RGHGyql",
  ]),
  // block_size=5, block_linked=False, content_checksum=True, store_size=False
  "independent blocks of 256 KiB": unpack([
    "eNrt1U1Kw1AQB/BJGrR04VsUgisTvEDe5OXzDpX2EEYUim6ycKWXUPA0Rm39uINSvIIn0P90KQWZ",
    "QhdCB/4/HiHzmCGLBIdH+8eT/vsu0VcwPTtvYhtfnMTtaRO3zWU7GNIBIynikAzJkQIpkQqphxRx",
    "R555IBwehSdhJsyFZ+FFeBXeQKrGqcm0GIxnMKfBwGZO3t51z2AVg51kOdMh98ii972tbf27isa1",
    "tTYkP2IhFZyQCblQCKVQCXVIXsQf0qEhVePUZGpyNYWaUk2lplaCL3jX9xO2OCr1DTqX7atImP96",
    "ZU0Sdjf+r5tXPVvn5nwUbGTmDZNw9bmjGjwEk+VfnFC3s6vuBxKgzQc=",
  ]),
};

/** Made by Python's zstandard 0.25.0: `ZstdCompressor(level=3, write_content_size=False, write_checksum=True)`. */
const zstdFrame = unpack([
  "eNrT2Kr/l8XBhYVByI1fZIFmL6NCyPu3PqG9b/+rBV/aXL5a9P//9atWhYaaGgPB5///V62KCp26",
  "0EGCI41ZprdoQpPFiUZHpiU6Ql3RKyb++Gs9YXHQYyEPgR+5X97+/5/O8vOh+79z03q8pZp7ufsc",
  "j7ceP3Kc9YRCis+ZNT8meXkJnVSWXOmhZLzEb4VBYUGC0bNshhDWWl4G9kAzGwYbBg0GRucDAgYs",
  "PHgopsYGRRDV5nBAgEOCidFZIYGDhaexIVEQKGUgwcPWfDDBQIIDyHFQEOBgIWwgmAL7WFQjYIFD",
  "IxMrl4jGBJAhILMCNES4Wp0WBmgIgIwUgJjOw+a8ECoBtgRkFw9MCmox08EzIPC/vuHkCoEdtoLH",
  "vfbIC/0QZnkm8On7//+8X+f8eZYZf3m33N+Xr+Iem+dve/3//+9yz+m/Zd5Xvrr+PV5LcHp5R3ZI",
  "h7bMEVW2R1L/H3b9LjhZveNY5Y5HPlGfVNcWqq6tmDRNxjP7j4d23hJV/UtS6pe6+DNPtm451rzl",
  "kUPUJ/m1hfJrK/qnzXHPrnHXXrdY9fxFqeMXu+5nnMzdcix7yyOTqE+Sawsl11b0TJNxy/7jqv1u",
  "kWpl97UYnailIReDukTWzrS56MUlrOs7KcO3S3CtT1uGpqpq2GSemNWSjPZSIWwA7tjiNg==",
]);

const codecs = {
  lz4: { decode: decodeLz4Frame, encode: encodeLz4Frame },
  zstd: { decode: decodeZstdFrame, encode: encodeZstdFrame },
};

/** Bytes with and without repetitions, some longer than a block. */
const arbitraryContent = fc
  .array(
    fc.record({
      piece: fc.uint8Array({ maxLength: 40 }),
      times: fc.oneof(fc.constant(1), fc.nat(30), fc.nat(3_000)),
    }),
    { maxLength: 20 },
  )
  .map((parts) =>
    Buffer.concat(
      parts.flatMap(({ piece, times }) =>
        new Array<Buffer>(times).fill(Buffer.from(piece)),
      ),
    ),
  );

await loadZstd();

describe("frames", () => {
  test("XXH32 of the published vectors", () => {
    const hash = (text: string) => xxhash32(Buffer.from(text)).toString(16);
    assert.equal(hash(""), "2cc5d05");
    assert.equal(hash("abc"), "32d153ff");
    assert.equal(hash("Nobody inspects the spammish repetition"), "e2293b2f");
  });

  for (const [name, frame] of Object.entries(lz4Frames)) {
    test(`LZ4: ${name}`, () => {
      const into = new Uint8Array(content.length);
      decodeLz4Frame(frame, into);
      assert.ok(content.equals(into));
    });

    test(`LZ4: ${name}: every byte counts`, () => {
      const into = new Uint8Array(content.length);
      for (let at = 0; at < frame.length; at++) {
        const broken = frame.slice();
        broken[at] = (broken[at] as number) ^ 0x10;
        assert.throws(() => {
          decodeLz4Frame(broken, into);
        }, RangeError);
      }
    });
  }

  test("ZSTD: a frame that does not state its size", () => {
    const into = new Uint8Array(content.length);
    decodeZstdFrame(zstdFrame, into);
    assert.ok(content.equals(into));
  });

  for (const [name, { decode, encode }] of Object.entries(codecs)) {
    test(`${name}: what was encoded is decoded`, () => {
      fc.assert(
        fc.property(arbitraryContent, (bytes) => {
          const into = new Uint8Array(bytes.length);
          decode(encode(bytes), into);
          assert.ok(bytes.equals(into));
        }),
        { numRuns: 300 },
      );
    });

    test(`${name}: more than one block of the greatest size`, () => {
      const bytes = Buffer.alloc(9 * 2 ** 20);
      for (let i = 0; i < bytes.length; i += 4) {
        bytes.writeUInt32LE(Math.imul(i >> 7, 0x9e37_79b1) >>> 12, i);
      }
      const frame = encode(bytes);
      assert.ok(frame.length < bytes.length / 2);
      const into = new Uint8Array(bytes.length);
      decode(frame, into);
      assert.ok(bytes.equals(into));
    });

    test(`${name}: bytes that do not repeat`, () => {
      const bytes = Buffer.alloc(300_000);
      let state = 1;
      for (let i = 0; i < bytes.length; i++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        bytes[i] = state >>> 24;
      }
      const frame = encode(bytes);
      assert.ok(frame.length < bytes.length + 100);
      const into = new Uint8Array(bytes.length);
      decode(frame, into);
      assert.ok(bytes.equals(into));
    });

    test(`${name}: a frame cut anywhere, or of another length, is refused`, () => {
      const bytes = content.subarray(0, 3_000);
      const frame = encode(bytes);
      const refuses = (part: Uint8Array, length: number) => {
        assert.throws(() => {
          decode(part, new Uint8Array(length));
        }, RangeError);
      };
      for (let end = 0; end < frame.length; end++) {
        refuses(frame.subarray(0, end), bytes.length);
      }
      refuses(frame, bytes.length - 1);
      refuses(frame, bytes.length + 1);
      refuses(frame, 0);
    });
  }
});

function unpack(base64: readonly string[]): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(base64.join(""), "base64")));
}
