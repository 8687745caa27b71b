import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Metadata } from "@grpc/grpc-js";
import { BasicAuth } from "../drivers/flight/messages.js";
import { Failure } from "../failure.js";
import { jwtVerifier } from "./jwt.js";
import type { JwtOptions, VerifyJwt } from "./jwt.js";
import { hasSecret, Users } from "./users.js";
import type { User } from "./users.js";

/** Who may come. Without any of it everybody may. */
export interface Credentials {
  /** A user with this name and password. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A bearer token that is good for ever, of a user `token`. */
  readonly token?: string | undefined;
  readonly users?: readonly User[] | undefined;
  /** JSON Web Tokens of somebody else, as bearer tokens. */
  readonly jwt?: JwtOptions | undefined;
  /** Whether clients show a certificate, which names them where nothing else does. @default false */
  readonly certificates?: boolean | undefined;
}

/** Who calls. Tickets and transactions belong to a session. */
export interface Identity {
  readonly session: string;
  readonly user: string;
  readonly readOnly: boolean;
  /** Whether the session is this client's alone, as it logged in for it with Handshake. */
  readonly isOwn: boolean;
  /** A bearer token to give to a client that came with a name and a password. */
  readonly bearer?: string;
}

const anonymous: Identity = {
  session: "anonymous",
  user: "anonymous",
  readOnly: false,
  isOwn: false,
};

/** What the names of sessions that Handshake opens begin with. */
const ownPrefix = "login:";

/**
 * Checks who calls. The bearer tokens that it gives out are made of a session's and a user's name and a
 * signature over both, so that nothing has to be kept; they end with the server. Where no credentials are
 * asked for, a client certificate that the transport has checked tells the user.
 */
export class Authentication {
  readonly #users: Users;
  readonly #verifyJwt: VerifyJwt | undefined;
  readonly #certificates: boolean;
  readonly #key = randomBytes(32);

  private constructor(
    users: Users,
    verifyJwt: VerifyJwt | undefined,
    certificates: boolean,
  ) {
    this.#users = users;
    this.#verifyJwt = verifyJwt;
    this.#certificates = certificates;
  }

  /** @throws Failure(invalid_config) for users and keys that are not described well. */
  static async open(
    credentials: Credentials,
    warn: (text: string) => void,
  ): Promise<Authentication> {
    const { username, password, token, users = [] } = credentials;
    const { jwt, certificates = false } = credentials;
    if ((username === undefined) !== (password === undefined))
      throw new Failure(
        "invalid_config",
        "username and password go together: give both or neither",
      );
    const all: User[] = [...users];
    if (username !== undefined) all.push({ name: username, password });
    if (token !== undefined) all.push({ name: "token", token });
    const nameless = all.find((user) => !hasSecret(user));
    if (nameless !== undefined && jwt === undefined && !certificates)
      throw new Failure(
        "invalid_config",
        `user ${nameless.name} has no password, password hash or token, and could not log in`,
      );
    return new Authentication(
      new Users(all),
      jwt === undefined ? undefined : await jwtVerifier(jwt, warn),
      certificates,
    );
  }

  /** Whether nobody is asked for credentials. */
  get isOpen(): boolean {
    return !this.#users.haveSecrets && this.#verifyJwt === undefined;
  }

  /**
   * Checks the header `authorization` of a call.
   * @param certified the name in the client's certificate, when the transport asked for one.
   * @throws Failure(unauthenticated)
   */
  async identify(metadata: Metadata, certified?: string): Promise<Identity> {
    const header = metadata.get("authorization")[0]?.toString() ?? "";
    const [, scheme = "", value = ""] = /^(\S+) +(.*)$/s.exec(header) ?? [];
    if (this.isOpen && certified !== undefined)
      return this.#identity(`certificate:${certified}`, certified);
    if (this.isOpen && !this.#certificates) return anonymous;
    switch (scheme.toLowerCase()) {
      case "bearer":
        return this.#byToken(value);
      case "basic":
        return this.#byBasic(value, undefined);
      default:
        throw refused("the call carries no credentials");
    }
  }

  /**
   * Handshake, which opens a session of its own: by the header `authorization: Basic`, or by a BasicAuth
   * message in the payload.
   * @throws Failure(unauthenticated)
   */
  async handshake(
    metadata: Metadata,
    payload: Uint8Array,
    certified?: string,
  ): Promise<Identity> {
    const session = ownPrefix + randomBytes(16).toString("base64url");
    const header = metadata.get("authorization")[0]?.toString() ?? "";
    const [, basic] = /^basic +(.*)$/is.exec(header) ?? [];
    if (!this.isOpen && basic !== undefined)
      return this.#byBasic(basic, session);
    if (!this.isOpen && payload.byteLength > 0) {
      const { username, password } = BasicAuth.decode(payload);
      return this.#byPassword(username, password, session);
    }
    const identity = await this.identify(metadata, certified);
    return this.isOpen ? this.#withBearer({ ...identity, session }) : identity;
  }

  async #byToken(value: string): Promise<Identity> {
    const owner = this.#users.byToken(value);
    if (owner !== undefined)
      return this.#identity(`token:${owner.name}`, owner.name);
    const own = this.#openBearer(value);
    if (own !== undefined) return own;
    if (this.#verifyJwt === undefined)
      throw refused("the bearer token is wrong, or older than this server");
    const { user, readOnly } = await this.#verifyJwt(value);
    const identity = this.#identity(`jwt:${user}`, user);
    return { ...identity, readOnly: readOnly || identity.readOnly };
  }

  /** Some clients leave out base64's padding, which Node does not mind. */
  #byBasic(value: string, session: string | undefined): Promise<Identity> {
    const text = Buffer.from(value, "base64").toString("utf8");
    const colon = text.indexOf(":");
    return this.#byPassword(
      text.slice(0, Math.max(colon, 0)),
      text.slice(colon + 1),
      session,
    );
  }

  /** Clients that send their password with every call share a session per user. */
  async #byPassword(
    username: string,
    password: string,
    session: string | undefined,
  ): Promise<Identity> {
    const user = await this.#users.byPassword(username, password);
    if (user === undefined)
      throw refused("the user name or the password is wrong");
    return this.#withBearer(
      this.#identity(session ?? `basic:${user.name}`, user.name),
    );
  }

  #identity(session: string, user: string): Identity {
    const readOnly = this.#users.named(user)?.readOnly ?? false;
    const isOwn = session.startsWith(ownPrefix);
    return { session, user, readOnly, isOwn };
  }

  #withBearer(identity: Identity): Identity {
    const { session, user } = identity;
    const text = JSON.stringify([session, user]);
    const name = Buffer.from(text).toString("base64url");
    return { ...identity, bearer: `${name}.${this.#sign(name)}` };
  }

  #openBearer(value: string): Identity | undefined {
    const [name = "", signature = ""] = value.split(".");
    const right = Buffer.from(this.#sign(name));
    const given = Buffer.from(signature);
    // The length of a signature is no secret.
    if (right.length !== given.length || !timingSafeEqual(right, given))
      return undefined;
    const text = Buffer.from(name, "base64url").toString("utf8");
    const [session, user] = JSON.parse(text) as [string, string];
    return this.#identity(session, user);
  }

  #sign(name: string): string {
    return createHmac("sha256", this.#key).update(name).digest("base64url");
  }
}

function refused(why: string): Failure {
  return new Failure("unauthenticated", why);
}
