import { request as plain } from "node:http";
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request as encrypted } from "node:https";
import { rootCertificates } from "node:tls";
import { httpProxy, proxyAuthorization } from "./proxy.js";
import { placeOf, tunnel } from "./tunnel.js";
import type { TlsOptions } from "./tls.js";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly tls: Pick<
    TlsOptions,
    "tlsRootCerts" | "tlsSkipVerify" | "mtlsCertChain" | "mtlsPrivateKey"
  >;
  /** Ends the request and the answer. */
  readonly signal: AbortSignal;
  /** In place of the system's; may refuse a host. A proxy looks up by itself. */
  readonly lookup?: RequestOptions["lookup"];
}

/**
 * Sends a request, through the proxy that the environment names for it, and resolves with the head of the answer,
 * whatever its status; redirects are not followed. Node's `fetch` knows neither certificates nor look-ups of its own.
 */
export async function send(
  url: URL,
  { method, headers, body, tls, signal, lookup }: HttpRequest,
): Promise<IncomingMessage> {
  const proxy = httpProxy(url);
  const common = { method, signal, agent: false } as const;
  if (proxy === undefined) {
    const options = { ...common, headers, ...(lookup && { lookup }) };
    return url.protocol === "https:"
      ? answerTo(encrypted(url, { ...options, ...tlsOf(tls) }), body)
      : answerTo(plain(url, options), body);
  }
  if (url.protocol === "https:") {
    const authority = `${url.hostname}:${url.port === "" ? "443" : url.port}`;
    const socket = await tunnel(proxy, authority, signal);
    const options = { ...common, headers, ...tlsOf(tls), socket };
    return answerTo(encrypted(url, options), body);
  }
  const through = {
    ...common,
    ...placeOf(proxy),
    path: url.href,
    headers: { ...headers, host: url.host, ...proxyAuthorization(proxy) },
  };
  return answerTo(plain(through), body);
}

function answerTo(
  request: ClientRequest,
  body: string | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
    request.end(body);
  });
}

/** Certificates that the user gave are trusted besides Node's: these hosts are not the Flight server. */
function tlsOf({
  tlsRootCerts,
  tlsSkipVerify = false,
  mtlsCertChain,
  mtlsPrivateKey,
}: HttpRequest["tls"]): object {
  return {
    rejectUnauthorized: !tlsSkipVerify,
    ...(tlsRootCerts !== undefined && {
      ca: [...rootCertificates, tlsRootCerts],
    }),
    ...(mtlsCertChain !== undefined && { cert: mtlsCertChain }),
    ...(mtlsPrivateKey !== undefined && { key: mtlsPrivateKey }),
  };
}
