import { request as plain } from "node:http";
import type { IncomingMessage, RequestOptions } from "node:http";
import { request as encrypted } from "node:https";
import { rootCertificates } from "node:tls";
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
  /** In place of the system's; may refuse a host. */
  readonly lookup?: RequestOptions["lookup"];
}

/**
 * Sends a request and resolves with the head of the answer, whatever its status; redirects are not followed.
 * Node's `fetch` knows neither certificates nor look-ups of its own.
 */
export function send(
  url: URL,
  { method, headers, body, tls, signal, lookup }: HttpRequest,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method,
    headers,
    signal,
    agent: false,
    ...(lookup !== undefined && { lookup }),
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "https:"
        ? encrypted(url, { ...options, ...tlsOf(tls) })
        : plain(url, options);
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
