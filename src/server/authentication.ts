import {
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";
import { BasicAuth } from "../drivers/flight/messages.js";
import { Failure } from "../failure.js";

export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A bearer token that is good for ever. */
  readonly token?: string | undefined;
}

/** Who calls. Tickets and transactions belong to a session. */
export interface Identity {
  readonly session: string;
  /** A bearer token to give to a client that came with a name and a password. */
  readonly bearer?: string;
}

const sessionBytes = 16;

/**
 * Checks who calls: nobody is asked when neither a user name nor a token is configured. Bearer tokens are made
 * of a session's name and a signature over it, so that nothing has to be kept; they end with the server.
 */
export class Authentication {
  readonly #credentials: Credentials;
  readonly #key = randomBytes(32);
  /** The session of clients that send their password with every call. */
  readonly #basicSession = randomBytes(sessionBytes);

  /** @throws Failure(invalid_config) for a user name without a password, or the other way round. */
  constructor(credentials: Credentials) {
    const { username, password } = credentials;
    if ((username === undefined) !== (password === undefined))
      throw new Failure(
        "invalid_config",
        "username and password go together: give both or neither",
      );
    this.#credentials = credentials;
  }

  get isOpen(): boolean {
    const { username, token } = this.#credentials;
    return username === undefined && token === undefined;
  }

  /** Checks the header `authorization` of a call. @throws Failure(unauthenticated) */
  identify(metadata: Metadata): Identity {
    if (this.isOpen) return { session: "anonymous" };
    const header = metadata.get("authorization")[0]?.toString() ?? "";
    const [, scheme = "", value = ""] = /^(\S+) +(.*)$/s.exec(header) ?? [];
    switch (scheme.toLowerCase()) {
      case "bearer":
        return this.#byToken(value);
      case "basic":
        return this.#byBasic(value, this.#basicSession);
      default:
        throw refused("the call carries no credentials");
    }
  }

  /**
   * Handshake, which opens a session of its own: by the header `authorization: Basic`, or by a BasicAuth
   * message in the payload.
   * @throws Failure(unauthenticated)
   */
  handshake(metadata: Metadata, payload: Uint8Array): Identity {
    const session = randomBytes(sessionBytes);
    const header = metadata.get("authorization")[0]?.toString() ?? "";
    const [, basic] = /^basic +(.*)$/is.exec(header) ?? [];
    if (basic !== undefined && !this.isOpen)
      return this.#byBasic(basic, session);
    if (payload.byteLength > 0 && !this.isOpen) {
      const { username, password } = BasicAuth.decode(payload);
      return this.#byPassword(username, password, session);
    }
    const identity = this.identify(metadata);
    return this.isOpen ? this.#open(session) : identity;
  }

  #byToken(value: string): Identity {
    const { token } = this.#credentials;
    if (token !== undefined && isSame(value, token))
      return { session: "token" };
    const [name = "", signature = ""] = value.split(".");
    if (!isSame(signature, this.#sign(name)))
      throw refused("the bearer token is wrong, or older than this server");
    return { session: name };
  }

  /** Some clients leave out base64's padding, which Node does not mind. */
  #byBasic(value: string, session: Buffer): Identity {
    const text = Buffer.from(value, "base64").toString("utf8");
    const colon = text.indexOf(":");
    return this.#byPassword(
      text.slice(0, Math.max(colon, 0)),
      text.slice(colon + 1),
      session,
    );
  }

  #byPassword(username: string, password: string, session: Buffer): Identity {
    const known = this.#credentials;
    // Both are compared, whatever the first says, so that the time tells nothing.
    const isUser = isSame(username, known.username ?? "");
    const isPassword = isSame(password, known.password ?? "");
    if (known.username === undefined || !isUser || !isPassword)
      throw refused("the user name or the password is wrong");
    return this.#open(session);
  }

  #open(id: Buffer): Identity {
    const session = id.toString("base64url");
    return { session, bearer: `${session}.${this.#sign(session)}` };
  }

  #sign(session: string): string {
    return createHmac("sha256", this.#key).update(session).digest("base64url");
  }
}

function refused(why: string): Failure {
  return new Failure("unauthenticated", why);
}

/** Compares in a time that tells neither content nor length. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
