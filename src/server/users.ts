import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Failure } from "../failure.js";

/** Somebody who may come. Without a password or a token only a JWT or a client certificate can name him. */
export interface User {
  readonly name: string;
  readonly password?: string | undefined;
  /** Instead of a password: `$scrypt$ln=14,r=8,p=1$SALT$HASH`, as Python's passlib and others write it. */
  readonly passwordHash?: string | undefined;
  /** A bearer token that is good for ever. */
  readonly token?: string | undefined;
  /** @default false */
  readonly readOnly?: boolean | undefined;
}

/** A scrypt hash; `cost` is its parameters as they are written. */
interface Hash {
  readonly cost: string;
  readonly logN: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

interface Known {
  readonly user: User;
  /** Of the password, once it is known. */
  digest: Buffer | undefined;
  readonly hash: Hash | undefined;
}

type Scrypt = (
  password: string,
  salt: Buffer,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;
const scryptOf: Scrypt = promisify(scrypt);

/** What a users' file may ask for: 128 MiB and a second or so. */
const logNMax = 17;

/**
 * The users of a server. A wrong name costs the time of a wrong password: texts are compared by keyed digests,
 * and when anybody's password is a hash one hash is computed for everybody.
 */
export class Users {
  /** Whether anybody has a password or a token. */
  readonly haveSecrets: boolean;
  readonly #key = randomBytes(32);
  readonly #byName = new Map<string, Known>();
  readonly #byToken = new Map<string, User>();
  readonly #dummy: Hash | undefined;
  /** One hash at a time: a flood of logins must leave the threads of Node's pool to the queries. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws Failure(invalid_config) naming the user that is not described well. */
  constructor(users: readonly User[]) {
    for (const user of users) this.#add(user);
    this.haveSecrets = users.some(hasSecret);
    const hashes = [...this.#byName.values()].flatMap(({ hash }) => hash ?? []);
    const [first] = hashes;
    if (hashes.some(({ cost }) => cost !== first?.cost))
      throw new Failure(
        "invalid_config",
        "the password hashes of all users must have the same parameters, or the time of a refusal would tell who exists",
      );
    this.#dummy = first && { ...first, hash: randomBytes(first.hash.length) };
  }

  named(name: string): User | undefined {
    return this.#byName.get(this.#keyOf(name))?.user;
  }

  byToken(token: string): User | undefined {
    return this.#byToken.get(this.#keyOf(token));
  }

  async byPassword(name: string, password: string): Promise<User | undefined> {
    const known = this.#byName.get(this.#keyOf(name));
    const given = this.#digest(password);
    const isKnown = timingSafeEqual(given, known?.digest ?? this.#key);
    if (known?.digest !== undefined && isKnown) return known.user;
    if (this.#dummy === undefined) return undefined;
    const isRight = await this.#matches(known?.hash ?? this.#dummy, password);
    if (known?.hash === undefined || !isRight) return undefined;
    // The same password costs no hash the next time.
    known.digest = given;
    return known.user;
  }

  #add(user: User): void {
    const { name, password, passwordHash, token } = user;
    const key = this.#keyOf(name);
    if (name === "" || this.#byName.has(key))
      throw new Failure(
        "invalid_config",
        name === "" ? "a user has no name" : `user ${name} is there twice`,
      );
    if (password !== undefined && passwordHash !== undefined)
      throw new Failure(
        "invalid_config",
        `user ${name} has both a password and a hash of one: give one`,
      );
    if (token !== undefined) {
      if (token === "" || this.#byToken.has(this.#keyOf(token)))
        throw new Failure(
          "invalid_config",
          `the token of user ${name} is empty or another user's as well`,
        );
      this.#byToken.set(this.#keyOf(token), user);
    }
    this.#byName.set(key, {
      user,
      digest: password === undefined ? undefined : this.#digest(password),
      hash:
        passwordHash === undefined ? undefined : parseHash(name, passwordHash),
    });
  }

  async #matches(expected: Hash, password: string): Promise<boolean> {
    const { logN, blockSize: r, parallelization: p, salt, hash } = expected;
    const N = 2 ** logN;
    const options = { N, r, p, maxmem: 256 * N * r };
    const turn = this.#turn.then(() =>
      scryptOf(password, salt, hash.length, options),
    );
    this.#turn = turn.catch(() => undefined);
    return timingSafeEqual(await turn, hash);
  }

  #keyOf(text: string): string {
    return this.#digest(text).toString("base64");
  }

  #digest(text: string): Buffer {
    return createHmac("sha256", this.#key).update(text).digest();
  }
}

export function hasSecret({ password, passwordHash, token }: User): boolean {
  return (password ?? passwordHash ?? token) !== undefined;
}

/** PHC string format: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md */
function parseHash(name: string, text: string): Hash {
  const match =
    /^\$scrypt\$(ln=(\d+),r=(\d+),p=(\d+))\$([\w+/]+)\$([\w+/]+)$/.exec(text);
  const [, cost = "", ln, r, p, salt = "", hash = ""] = match ?? [];
  const numbers = [ln, r, p].map(Number);
  const [logN = 0, blockSize = 0, parallelization = 0] = numbers;
  const isSane =
    logN >= 1 && logN <= logNMax && blockSize >= 1 && blockSize <= 16;
  if (!isSane || parallelization < 1 || parallelization > 4)
    throw new Failure(
      "invalid_config",
      `the password hash of user ${name} is not of the form $scrypt$ln=14,r=8,p=1$SALT$HASH with ln up to ${String(logNMax)}, r up to 16 and p up to 4`,
    );
  return {
    cost,
    logN,
    blockSize,
    parallelization,
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}
