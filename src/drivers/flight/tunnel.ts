import { request } from "node:http";
import type { Socket } from "node:net";
import { Failure } from "../../failure.js";
import { proxyAuthorization } from "./proxy.js";
import type { Proxy } from "./proxy.js";

/**
 * A connection through a proxy (RFC 9110 section 9.3.6).
 * @param authority `host:port` of the server behind it.
 * @throws Failure(unavailable) when the proxy refuses or cannot be reached.
 */
export function tunnel(
  proxy: Proxy,
  authority: string,
  signal: AbortSignal,
): Promise<Socket> {
  const named = `the proxy ${proxy.url.host} of the environment's ${proxy.variable}`;
  const advice = `correct ${proxy.variable}, or add the host to NO_PROXY`;
  const asking = request({
    ...placeOf(proxy),
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    signal,
    agent: false,
  });
  return new Promise((resolve, reject) => {
    asking.once("connect", ({ statusCode = 0, statusMessage = "" }, socket) => {
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      const text = `${String(statusCode)} ${statusMessage}`.trim();
      const what = `${named} answered ${text} when it was asked for ${authority}; ${advice}`;
      reject(new Failure("unavailable", what));
    });
    asking.once("error", (cause) => {
      if (signal.aborted) reject(cause);
      const what = `${named} cannot be asked for ${authority}: ${cause.message}; ${advice}`;
      reject(new Failure("unavailable", what, { cause }));
    });
    asking.end();
  });
}

/** Where a proxy listens. */
export function placeOf({ url }: Proxy) {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: url.port === "" ? 80 : Number(url.port) };
}
