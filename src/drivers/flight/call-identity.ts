import { Metadata } from "@grpc/grpc-js";
import { Failure } from "../../failure.js";
import { CookieJar } from "./cookie-jar.js";

/** What the settings say about who calls. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
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

/** Secrets at least this long are hidden wherever they stand; shorter ones only as whole words. */
const distinctiveLength = 8;

/**
 * Who the calls of one connection are: the headers that go out with each, and what the answers change about
 * them. A bearer token that any answer carries replaces whatever was sent before, and cookies are kept.
 */
export class CallIdentity implements Identity {
  readonly #fixed = new Metadata();
  readonly #cookies = new CookieJar();
  readonly #secrets = new Set<string>();
  readonly #basic: string | undefined;
  #bearer: string | undefined;
  /** Whether calls carry the Basic credentials: for servers that have no Handshake, until they give a bearer. */
  #sendsBasic = false;
  #hasSession = false;

  /** @throws Failure(invalid_config) when the settings contradict each other or a header is malformed. */
  constructor({ username, password = "", token, headers = {} }: Credentials) {
    if (token !== undefined && username !== undefined)
      throw new Failure(
        "invalid_config",
        "both a token and a user name are given; remove one of them",
      );
    for (const [name, value] of Object.entries(headers))
      this.#addHeader(name, value);
    if (
      this.#fixed.get("authorization").length > 0 &&
      (token ?? username) !== undefined
    )
      throw new Failure(
        "invalid_config",
        "headers.authorization is given besides a token or user name; remove one of them",
      );
    if (username?.includes(":") === true)
      throw new Failure(
        "invalid_config",
        "a user name cannot hold a colon (RFC 7617)",
      );
    if (token !== undefined) this.#setBearer(`Bearer ${token}`);
    if (username !== undefined) {
      // Padded: strict base64 readers (Arrow C++, Rust servers) refuse the unpadded form.
      const encoded = Buffer.from(`${username}:${password}`).toString("base64");
      this.#basic = `Basic ${encoded}`;
      this.#secrets.add(encoded).add(password);
    }
  }

  /** Whether a Handshake is wanted: there are Basic credentials, and no bearer yet. */
  get wantsHandshake(): boolean {
    return this.#basic !== undefined && this.#bearer === undefined;
  }

  /** Whether anything secret goes out with the calls. */
  get hasSecrets(): boolean {
    return this.#secrets.size > 0;
  }

  /** Whether the server has named a session: by a cookie, or by a bearer token of its own. */
  get hasSession(): boolean {
    return this.#hasSession || this.#cookies.header !== undefined;
  }

  /** Headers of a Handshake. */
  handshakeMetadata(): Metadata {
    const metadata = this.#common();
    if (this.#basic !== undefined) metadata.set("authorization", this.#basic);
    return metadata;
  }

  /** The Handshake gave no bearer: Basic goes with every call until an answer brings one. */
  sendBasicWithCalls(): void {
    this.#sendsBasic = true;
  }

  ready(): undefined {
    return undefined;
  }

  /** Headers of any other call. */
  metadata(): Metadata {
    const metadata = this.#common();
    const authorization =
      this.#bearer ?? (this.#sendsBasic ? this.#basic : undefined);
    if (authorization !== undefined)
      metadata.set("authorization", authorization);
    return metadata;
  }

  /** Looks at an answer's headers or trailers; servers use either. */
  observe(metadata: Metadata): void {
    for (const value of metadata.get("set-cookie"))
      if (typeof value === "string") this.#cookies.set(value);
    const [authorization] = metadata.get("authorization");
    if (
      typeof authorization === "string" &&
      /^bearer\s+\S/i.test(authorization)
    ) {
      this.#setBearer(authorization);
      this.#hasSession = true;
    }
  }

  /** `text` without the password, the tokens and what they were encoded to. */
  redact(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) {
      if (secret === "") continue;
      const literal = secret.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const pattern =
        secret.length < distinctiveLength
          ? `(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`
          : literal;
      clean = clean.replace(new RegExp(pattern, "gu"), "***");
    }
    return clean;
  }

  #common(): Metadata {
    const metadata = this.#fixed.clone();
    const cookie = this.#cookies.header;
    if (cookie !== undefined) metadata.set("cookie", cookie);
    return metadata;
  }

  #setBearer(authorization: string): void {
    this.#bearer = authorization;
    this.#secrets.add(authorization.replace(/^bearer\s+/i, ""));
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
      this.#secrets.add(value.replace(/^(bearer|basic)\s+/i, ""));
  }
}
