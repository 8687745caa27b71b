import { Metadata } from "@grpc/grpc-js";
import { Failure } from "../../failure.js";
import { CookieJar } from "./cookie-jar.js";
import { BasicAuth } from "./messages.js";
import { secretsIn } from "./oauth.js";
import type { OAuthOptions, OAuthTokens } from "./oauth.js";
import { Secrets } from "./secrets.js";

/** What the settings say about who calls. At most one of user name, token, authorization header and OAuth. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly authorizationHeader?: string | undefined;
  readonly oauth?: OAuthOptions | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Who the calls to one server are. */
export interface Identity {
  /** Resolves when `metadata` has what it needs; undefined when it has that already. */
  ready(): Promise<void> | undefined;
  /** Headers of a call. */
  metadata(): Metadata;
  /** Looks at an answer's headers or trailers; servers use either. */
  observe(metadata: Metadata): void;
  /** `text` without secrets. */
  redact(text: string): string;
}

/**
 * Who the calls of one connection are: the headers that go out with each, and what the answers change about
 * them. An authorization that any answer carries replaces whatever was sent before, and cookies are kept.
 */
export class CallIdentity implements Identity {
  readonly secrets = new Secrets();
  readonly #fixed = new Metadata();
  readonly #cookies = new CookieJar();
  readonly #login: Login | undefined;
  readonly #tokens: OAuthTokens | undefined;
  /** Value of the header: given by the user, or by the server in its place. */
  #authorization: string | undefined;
  /** What a Handshake gave in its payload, for Flight's older way to log in. */
  #handshakeToken: Buffer | undefined;
  /** Whether calls carry the Basic credentials: for servers that have no Handshake, until they give a bearer. */
  #sendsBasic = false;
  #hasSession = false;

  /**
   * @param tokens of `credentials.oauth`.
   * @throws Failure(invalid_config) when the settings contradict each other or a header is malformed.
   */
  constructor(credentials: Credentials, tokens?: OAuthTokens) {
    checkOneWay(credentials);
    const { token, authorizationHeader, oauth, headers = {} } = credentials;
    for (const [name, value] of Object.entries(headers))
      this.#addHeader(name, value);
    this.#login = loginOf(credentials);
    this.secrets.add(...(this.#login?.secrets ?? []));
    if (oauth !== undefined) this.secrets.add(...secretsIn(oauth));
    this.#tokens = tokens;
    if (token !== undefined) this.#setAuthorization(`Bearer ${token}`);
    if (authorizationHeader !== undefined)
      this.#setAuthorization(authorizationHeader);
  }

  /** Whether a Handshake is wanted: there are a user name and password, and the server gave nothing for them yet. */
  get wantsHandshake(): boolean {
    return (
      this.#login !== undefined &&
      this.#authorization === undefined &&
      this.#handshakeToken === undefined
    );
  }

  /** Whether anything secret goes out with the calls. */
  get hasSecrets(): boolean {
    return !this.secrets.isEmpty;
  }

  /** Whether the server seems to keep a session for these calls: it set a cookie or gave a bearer. */
  get hasSession(): boolean {
    return this.#hasSession || this.#cookies.header !== undefined;
  }

  /** Headers of a Handshake. */
  handshakeMetadata(): Metadata {
    const metadata = this.#common();
    if (this.#login !== undefined)
      metadata.set("authorization", this.#login.header);
    return metadata;
  }

  /** Payload of a Handshake. */
  handshakePayload(): Buffer {
    return this.#login?.payload ?? Buffer.alloc(0);
  }

  /**
   * The Handshake has ended. Without a bearer from it, the payload of its answer is what calls carry; without
   * either, they carry Basic until an answer brings a bearer.
   */
  endHandshake(payload: Uint8Array): void {
    if (!this.wantsHandshake) return;
    // Servers that look at the header only may send the payload back (InfluxDB 3).
    const isEcho = this.#login?.payload.equals(payload) === true;
    if (payload.byteLength === 0 || isEcho) this.#sendsBasic = true;
    else {
      this.#handshakeToken = Buffer.from(payload);
      this.#hasSession = true;
      this.secrets.add(this.#handshakeToken.toString());
    }
  }

  ready(): Promise<void> | undefined {
    return this.#authorization === undefined
      ? this.#tokens?.ready()
      : undefined;
  }

  /**
   * The server refused who calls.
   * @returns whether the next call will be somebody else: OAuth gives another token.
   */
  renew(): boolean {
    const value = this.#tokens?.value;
    if (this.#tokens === undefined || value === undefined) return false;
    this.#tokens.discard(value);
    this.#authorization = undefined;
    return true;
  }

  /** Headers of any other call. */
  metadata(): Metadata {
    const metadata = this.#common();
    const authorization =
      this.#authorization ?? this.#bearer() ?? this.#basic();
    if (authorization !== undefined)
      metadata.set("authorization", authorization);
    if (this.#handshakeToken !== undefined)
      metadata.set("auth-token-bin", this.#handshakeToken);
    return metadata;
  }

  observe(metadata: Metadata): void {
    this.#cookies.observe(metadata);
    const authorization = newAuthorization(metadata);
    if (authorization === undefined) return;
    this.#setAuthorization(authorization);
    this.#hasSession = true;
  }

  redact(text: string): string {
    return this.secrets.redact(text);
  }

  #common(): Metadata {
    const metadata = this.#fixed.clone();
    const cookie = this.#cookies.header;
    if (cookie !== undefined) metadata.set("cookie", cookie);
    return metadata;
  }

  #bearer(): string | undefined {
    const value = this.#tokens?.value;
    if (value === undefined) return undefined;
    this.secrets.add(value);
    return `Bearer ${value}`;
  }

  #basic(): string | undefined {
    return this.#sendsBasic ? this.#login?.header : undefined;
  }

  #setAuthorization(authorization: string): void {
    this.#authorization = authorization;
    this.secrets.add(secretOf(authorization));
  }

  #addHeader(name: string, value: string): void {
    if (name.toLowerCase() === "cookie") {
      for (const pair of value.split(";")) this.#cookies.set(pair);
      return;
    }
    const isBinary = name.toLowerCase().endsWith("-bin");
    try {
      this.#fixed.add(name, isBinary ? Buffer.from(value, "base64") : value);
    } catch (cause) {
      throw new Failure(
        "invalid_config",
        `header ${JSON.stringify(name)} cannot be sent: its name or value has characters that gRPC forbids`,
        { cause },
      );
    }
    if (/^(authorization|.*(token|secret|key|password).*)$/i.test(name))
      this.secrets.add(secretOf(value));
  }
}

/**
 * Who the calls to another server are that the user allowed: the same as at home, but what that server answers
 * changes nothing there.
 */
export class GuestIdentity implements Identity {
  readonly #home: CallIdentity;
  readonly #cookies = new CookieJar();
  #authorization: string | undefined;

  constructor(home: CallIdentity) {
    this.#home = home;
  }

  ready(): Promise<void> | undefined {
    return this.#home.ready();
  }

  metadata(): Metadata {
    const metadata = this.#home.metadata();
    const cookies = [...metadata.get("cookie"), this.#cookies.header].filter(
      (cookie) => cookie !== undefined,
    );
    if (cookies.length > 0) metadata.set("cookie", cookies.join("; "));
    if (this.#authorization !== undefined)
      metadata.set("authorization", this.#authorization);
    return metadata;
  }

  observe(metadata: Metadata): void {
    this.#cookies.observe(metadata);
    const authorization = newAuthorization(metadata);
    if (authorization === undefined) return;
    this.#authorization = authorization;
    this.#home.secrets.add(secretOf(authorization));
  }

  redact(text: string): string {
    return this.#home.redact(text);
  }
}

/** User name and password in the two forms that a Handshake can carry. */
interface Login {
  readonly header: string;
  readonly payload: Buffer;
  readonly secrets: readonly string[];
}

function loginOf({ username, password = "" }: Credentials): Login | undefined {
  if (username === undefined) return undefined;
  if (username.includes(":"))
    throw new Failure(
      "invalid_config",
      "a user name cannot hold a colon (RFC 7617)",
    );
  // Padded: strict base64 readers (Arrow C++, Rust servers) refuse the unpadded form.
  const encoded = Buffer.from(`${username}:${password}`).toString("base64");
  return {
    header: `Basic ${encoded}`,
    payload: BasicAuth.encode({ username, password }),
    secrets: [encoded, password],
  };
}

function checkOneWay({
  username,
  token,
  authorizationHeader,
  oauth,
  headers = {},
}: Credentials): void {
  const ways = {
    username,
    token,
    authorization_header: authorizationHeader,
    oauth,
    "headers.authorization": Object.keys(headers).find(
      (name) => name.toLowerCase() === "authorization",
    ),
  };
  const given = Object.entries(ways)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (given.length > 1)
    throw new Failure(
      "invalid_config",
      `${given.join(" and ")} each say who calls; keep one of them`,
    );
}

/** An answer's authorization that calls are to carry from now on. */
function newAuthorization(metadata: Metadata): string | undefined {
  const [authorization] = metadata.get("authorization");
  return typeof authorization === "string" &&
    /^(?!basic\s)\S+\s+\S/i.test(authorization)
    ? authorization
    : undefined;
}

/** The header's value without its scheme. */
function secretOf(authorization: string): string {
  return authorization.replace(/^(bearer|basic|anonymous$)\s*/i, "");
}
