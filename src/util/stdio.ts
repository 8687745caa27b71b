import { fstatSync, read, readSync, writeSync } from "node:fs";
import type { OnReadOpts, Socket, SocketConstructorOpts } from "node:net";
import { setImmediate } from "node:timers/promises";

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

/** Chunks that are taken without a turn of the event loop in between: a megabyte of a full pipe. */
const chunksPerTurn = 16;

/**
 * The event loop is asked only when the pipe is empty, and now and then for the sake of signals and the network: a
 * turn for every chunk costs as much as a third of what is done with it.
 */
async function* chunksOfPipe(
  descriptor: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pipe = await PipeReader.open(descriptor);
  try {
    let chunk = await pipe.read();
    for (let count = 1; chunk !== undefined; count++) {
      yield chunk;
      if (count % chunksPerTurn === 0) await setImmediate();
      chunk = pipe.readNow() ?? (await pipe.read());
    }
  } finally {
    pipe.close();
  }
}

/** One buffer for all chunks of a pipe or socket: a stream's own would each be new memory. */
class PipeReader {
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafeSlow(readBytes);
  readonly #socket: Socket;
  #chunk: Uint8Array | undefined;
  #isOver = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  static async open(descriptor: number): Promise<PipeReader> {
    const { Socket } = await import("node:net");
    return new PipeReader(descriptor, Socket);
  }

  private constructor(descriptor: number, SocketType: typeof Socket) {
    this.#descriptor = descriptor;
    // Makes the descriptor non-blocking, on which `readNow` relies (libuv, uv_pipe_open).
    const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
      fd: descriptor,
      readable: true,
      writable: false,
      onread: {
        buffer: this.#buffer,
        callback: (length) => {
          this.#chunk = this.#buffer.subarray(0, length);
          this.#wake?.();
          // Pauses until the chunk was worked on.
          return false;
        },
      },
    };
    this.#socket = new SocketType(options);
    this.#socket.on("error", (error) => {
      this.#failure = error;
    });
    this.#socket.on("close", () => {
      this.#isOver = true;
      this.#wake?.();
    });
  }

  /**
   * What is there already; undefined when that is nothing. An end or an error is left to `read`, which comes first:
   * the socket begins to read when it is made, and rests only behind a chunk.
   */
  readNow(): Uint8Array | undefined {
    try {
      const length = readSync(this.#descriptor, this.#buffer);
      return length === 0 ? undefined : this.#buffer.subarray(0, length);
    } catch {
      return undefined;
    }
  }

  /** Waits for the next chunk; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#chunk === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#isOver) resolve();
        else this.#socket.resume();
      });
    const chunk = this.#chunk;
    this.#chunk = undefined;
    if (chunk === undefined && this.#failure !== undefined) throw this.#failure;
    return chunk;
  }

  close(): void {
    this.#socket.destroy();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
