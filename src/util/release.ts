import { MessageChannel, type MessagePort } from "node:worker_threads";

let nobody: MessagePort | undefined;

/** Less is not worth the call, and may lie in Node's pool. */
const bytesMin = 16_384;

/**
 * Frees memory now. V8 cannot tell what of its heap refers to a buffer without going through all of it, and does so for
 * every 64 MB or so that buffers have taken, so a program that streams is at that most of the time.
 * @param buffers nobody reads any more: they have no bytes afterwards, and neither have their views. They must not be
 * those of WebAssembly or of Node's pool.
 */
export function release(buffers: readonly ArrayBuffer[]): void {
  if (buffers.length === 0) return;
  nobody ??= portToNobody();
  nobody.postMessage(null, buffers);
}

/** The memory that a view lies in, where nothing else does and it is large enough to be worth a release. */
export function ownMemory(view: ArrayBufferView): ArrayBuffer | undefined {
  const { buffer, byteLength } = view;
  return buffer instanceof ArrayBuffer &&
    byteLength >= bytesMin &&
    byteLength === buffer.byteLength
    ? buffer
    : undefined;
}

/** What is sent there is freed, as soon as the event loop has turned once, at once. */
function portToNobody(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  return port2;
}
