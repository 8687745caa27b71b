import { fstatSync, read, writeSync } from "node:fs";
import type { OnReadOpts, SocketConstructorOpts } from "node:net";

/** The reader of our stdout went away: there is no one left to write for. */
export class PipeClosed extends Error {
  override readonly name = "PipeClosed";
}

const stdout = 1;
const stderr = 2;
/** A pipe holds 64 KiB (pipe(7)); writes of up to that size move fastest. */
const blockBytes = 65_536;
const retryMilliseconds = 1;

/**
 * Writes all of `bytes` to stdout and waits for it: the reader's pace is ours, and nothing piles up here.
 * @throws PipeClosed
 */
export function writeOut(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;)
    at += writeSome(stdout, bytes, at, Math.min(blockBytes, bytes.length - at));
}

/** Writes a line to stderr; a closed stderr is no reason to stop. */
export function writeError(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  try {
    for (let at = 0; at < bytes.length;)
      at += writeSome(stderr, bytes, at, bytes.length - at);
  } catch (error) {
    if (!(error instanceof PipeClosed)) throw error;
  }
}

function writeSome(
  descriptor: number,
  bytes: Uint8Array,
  at: number,
  length: number,
): number {
  try {
    return writeSync(descriptor, bytes, at, length);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EPIPE") throw new PipeClosed();
    if (code !== "EAGAIN") throw error;
    // Someone made the pipe non-blocking: wait a moment without spinning.
    Atomics.wait(
      new Int32Array(new SharedArrayBuffer(4)),
      0,
      0,
      retryMilliseconds,
    );
    return 0;
  }
}

/** Bytes per read: as much as a large pipe can hold. */
const readBytes = 262_144;

/**
 * Chunks of a file, pipe or socket; each is valid until the next one is asked for. Signals and network calls go on
 * meanwhile, since no read blocks. Nothing keeps this process from ending either: a read of a silent pipe in
 * libuv's thread pool would hold `process.exit` until the pipe speaks or ends.
 */
export function chunksOf(
  descriptor: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const kind = fstatSync(descriptor);
  return kind.isFIFO() || kind.isSocket()
    ? chunksOfPipe(descriptor)
    : chunksOfFile(descriptor);
}

async function* chunksOfFile(
  descriptor: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  for (;;) {
    const length = await readChunk(descriptor, buffer);
    if (length === 0) return;
    yield buffer.subarray(0, length);
  }
}

function readChunk(descriptor: number, buffer: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, buffer.length, null, (error, length) => {
      if (error === null) resolve(length);
      else reject(error);
    });
  });
}

async function* chunksOfPipe(
  descriptor: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Socket } = await import("node:net");
  let chunk: Uint8Array | undefined;
  let isOver = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  // One buffer for all reads (Node.js, net.Socket, `onread`): a stream's own chunks would each be new memory.
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd: descriptor,
    readable: true,
    writable: false,
    onread: {
      buffer: Buffer.allocUnsafeSlow(readBytes),
      callback: (length, buffer) => {
        chunk = buffer.subarray(0, length);
        wake?.();
        // Pauses until the chunk was worked on.
        return false;
      },
    },
  };
  const socket = new Socket(options);
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => {
    isOver = true;
    wake?.();
  });
  try {
    for (;;) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (isOver) resolve();
        else socket.resume();
      });
      if (chunk !== undefined) yield chunk;
      else if (failure !== undefined) throw failure;
      else return;
      chunk = undefined;
    }
  } finally {
    socket.destroy();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
