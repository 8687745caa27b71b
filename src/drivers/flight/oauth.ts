import { text as textOf } from "node:stream/consumers";
import { Failure } from "../../failure.js";
import { abortFailure } from "./abort-links.js";
import { send } from "./http.js";
import type { HttpRequest } from "./http.js";

/** RFC 8693 section 3's token types by their short names. */
const tokenTypes = {
  access_token: "urn:ietf:params:oauth:token-type:access_token",
  refresh_token: "urn:ietf:params:oauth:token-type:refresh_token",
  id_token: "urn:ietf:params:oauth:token-type:id_token",
  saml1: "urn:ietf:params:oauth:token-type:saml1",
  saml2: "urn:ietf:params:oauth:token-type:saml2",
  jwt: "urn:ietf:params:oauth:token-type:jwt",
} as const;

export type TokenType = keyof typeof tokenTypes;

/** What is exchanged for what (RFC 8693 section 2.1). */
export interface TokenExchange {
  /** Of the party on whose behalf the request is made. */
  readonly subjectToken: string;
  readonly subjectTokenType: TokenType;
  /** Of the party that acts for it. */
  readonly actorToken?: string | undefined;
  readonly actorTokenType?: TokenType | undefined;
  readonly requestedTokenType?: TokenType | undefined;
  readonly scope?: string | undefined;
  readonly aud?: string | undefined;
  readonly resource?: string | undefined;
}

/** Where a bearer token comes from; names follow ADBC's `adbc.flight.sql.oauth.*`. */
export interface OAuthOptions {
  readonly flow: "client_credentials" | "token_exchange";
  readonly tokenUri: string;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly scope?: string | undefined;
  /** With the flow `token_exchange`. */
  readonly exchange?: TokenExchange | undefined;
}

/** A token as the endpoint gave it. */
interface Token {
  readonly value: string;
  /** Milliseconds since the epoch from which on it is not used any more; Infinity when not told. */
  readonly staleAt: number;
}

/** A token is renewed when so much of its life is left, or a tenth of it if that is less. */
const marginMilliseconds = 60_000;

/**
 * The bearer token of an OAuth 2.0 client (RFC 6749 section 4.4, RFC 8693): asked for when it is first needed,
 * and again before it expires. Calls that need it at the same time wait for the same request.
 */
export class OAuthTokens {
  readonly #options: OAuthOptions;
  readonly #tls: HttpRequest["tls"];
  readonly #timeout: number;
  readonly #signal: AbortSignal;
  #token: Token | undefined;
  #request: Promise<void> | undefined;
  /** Whether the client's secret goes in the body: for endpoints that refuse the header (RFC 6749 section 2.3.1). */
  #secretInBody = false;

  /**
   * @param tls goes for the token endpoint as well.
   * @param timeout milliseconds for one request; Infinity for none.
   * @throws Failure(invalid_config) when something is missing or the endpoint's address is not one.
   */
  constructor(
    options: OAuthOptions,
    tls: HttpRequest["tls"],
    timeout: number,
    signal: AbortSignal,
  ) {
    checkOptions(options);
    this.#options = options;
    this.#tls = tls;
    this.#timeout = timeout;
    this.#signal = signal;
  }

  /** Undefined before `ready` has resolved. */
  get value(): string | undefined {
    return this.#token?.value;
  }

  /** Resolves when there is a token that has not expired; undefined when there is one now. */
  ready(): Promise<void> | undefined {
    if (this.#token !== undefined && Date.now() < this.#token.staleAt)
      return undefined;
    this.#request ??= this.#renew().finally(() => {
      this.#request = undefined;
    });
    return this.#request;
  }

  /** The server refused the token: the next call gets another one. */
  discard(value: string): void {
    if (this.#token?.value === value) this.#token = undefined;
  }

  async #renew(): Promise<void> {
    const asked = Date.now();
    let answer = await this.#ask();
    const { clientSecret } = this.#options;
    if (
      clientSecret !== undefined &&
      !this.#secretInBody &&
      isClientRefused(answer)
    ) {
      this.#secretInBody = true;
      answer = await this.#ask();
    }
    const { access_token: value, expires_in: seconds } = answer.body;
    if (answer.status !== 200 || typeof value !== "string" || value === "")
      throw this.#refusal(answer);
    // Some endpoints write the number as a text.
    const life = Number(seconds ?? NaN) * 1000;
    const margin = Math.min(marginMilliseconds, life / 10);
    const staleAt = Number.isNaN(life) ? Infinity : asked + life - margin;
    this.#token = { value, staleAt };
  }

  async #ask(): Promise<Answer> {
    const { tokenUri, clientId, clientSecret } = this.#options;
    const body = parametersOf(this.#options);
    const headers: Record<string, string> = {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
    };
    if (clientId !== undefined && clientSecret !== undefined) {
      if (this.#secretInBody) {
        body.set("client_id", clientId);
        body.set("client_secret", clientSecret);
      } else
        headers["authorization"] = `Basic ${basicOf(clientId, clientSecret)}`;
    } else if (clientId !== undefined) body.set("client_id", clientId);
    const limit =
      this.#timeout === Infinity ? [] : [AbortSignal.timeout(this.#timeout)];
    const request = {
      method: "POST",
      headers,
      body: body.toString(),
      tls: this.#tls,
      signal: AbortSignal.any([this.#signal, ...limit]),
    } as const;
    try {
      const response = await send(new URL(tokenUri), request);
      const text = await textOf(response);
      return { status: response.statusCode ?? 0, body: objectIn(text) };
    } catch (error) {
      throw this.#unreachable(error, request.signal);
    }
  }

  #refusal({ status, body }: Answer): Failure {
    const { error, error_description: description } = body;
    const told = [error, description].filter(
      (text) => typeof text === "string",
    );
    const text = this.#redact(told.join(": ") || "the answer holds no token");
    const code =
      status === 429 || status >= 500 ? "unavailable" : "unauthenticated";
    return new Failure(
      code,
      `${text} (token endpoint ${withoutQuery(this.#options.tokenUri)}, status ${String(status)})${
        code === "unavailable" ? "" : "; check the settings of oauth"
      }`,
    );
  }

  #unreachable(error: unknown, signal: AbortSignal): Failure {
    const where = `token endpoint ${withoutQuery(this.#options.tokenUri)}`;
    if (this.#signal.aborted) return abortFailure(this.#signal);
    if (signal.aborted)
      return new Failure(
        "timeout",
        `no answer in time (${where}); raise connect_timeout_seconds if it is to take longer`,
      );
    const { code, message } = Failure.from(error);
    return new Failure(
      code === "invalid_config" ? code : "unavailable",
      `${message} (${where})`,
    );
  }

  #redact(text: string): string {
    return secretsIn(this.#options).reduce(
      (clean, secret) => clean.replaceAll(secret, "***"),
      text,
    );
  }
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What must not be told, whatever a server repeats of it. */
export function secretsIn({
  clientSecret,
  exchange,
}: OAuthOptions): readonly string[] {
  return [clientSecret, exchange?.subjectToken, exchange?.actorToken].filter(
    (secret) => secret !== undefined && secret !== "",
  ) as string[];
}

function checkOptions({
  flow,
  tokenUri,
  clientId,
  clientSecret,
  exchange,
}: OAuthOptions): void {
  const missing = {
    client_credentials: [
      ...(clientId === undefined ? ["oauth.client_id"] : []),
      ...(clientSecret === undefined ? ["oauth.client_secret"] : []),
    ],
    token_exchange: exchange === undefined ? ["oauth.exchange"] : [],
  }[flow];
  if (missing.length > 0)
    throw new Failure(
      "invalid_config",
      `oauth.flow ${flow} needs ${missing.join(" and ")}`,
    );
  if (!URL.canParse(tokenUri) || !/^https?:$/.test(new URL(tokenUri).protocol))
    throw new Failure(
      "invalid_config",
      "oauth.token_uri is not an http(s) address",
    );
}

function parametersOf({
  flow,
  scope,
  exchange,
}: OAuthOptions): URLSearchParams {
  const parameters =
    flow === "client_credentials" || exchange === undefined
      ? { grant_type: "client_credentials", scope }
      : {
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
          subject_token: exchange.subjectToken,
          subject_token_type: tokenTypes[exchange.subjectTokenType],
          actor_token: exchange.actorToken,
          actor_token_type: typeUrn(exchange.actorTokenType),
          requested_token_type: typeUrn(exchange.requestedTokenType),
          scope: exchange.scope ?? scope,
          audience: exchange.aud,
          resource: exchange.resource,
        };
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) body.set(name, value);
  return body;
}

function typeUrn(type: TokenType | undefined): string | undefined {
  return type === undefined ? undefined : tokenTypes[type];
}

/** RFC 6749 section 2.3.1: both are form-encoded before they are joined. */
function basicOf(id: string, secret: string): string {
  const encode = (text: string) =>
    new URLSearchParams({ t: text }).toString().slice(2);
  return Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64");
}

/** Whether the endpoint did not take the client's credentials where they were. */
function isClientRefused({ status, body }: Answer): boolean {
  return (
    status === 401 || (status === 400 && body["error"] === "invalid_client")
  );
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

function withoutQuery(uri: string): string {
  const { protocol, host, pathname } = new URL(uri);
  return `${protocol}//${host}${pathname}`;
}
