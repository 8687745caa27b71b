import type { Metadata } from "@grpc/grpc-js";

/** What a jar keeps of one Set-Cookie. */
interface Cookie {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * The cookies of one server connection, as servers with session middleware set them
 * (RFC 6265; Arrow's ServerSessionMiddleware). There is one server and every call has its path, so names alone
 * tell cookies apart and Domain, Path, Secure and SameSite play no part.
 */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch. @default Date.now */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Takes the Set-Cookie headers of an answer. Some proxies join several in one with commas, which a cookie cannot
   * hold outside its expiry date.
   */
  observe(metadata: Metadata): void {
    for (const value of metadata.get("set-cookie"))
      for (const cookie of value.toString().split(/,(?=\s*[^;,=\s]+=)/))
        this.set(cookie);
  }

  /** Takes one Set-Cookie. One without a name is ignored, as RFC 6265 section 5.2 demands. */
  set(header: string): void {
    const [pair = "", ...attributes] = header.split(";");
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    if (name === "") return;
    const expires = this.#expiry(attributes);
    if (expires <= this.#now()) this.#cookies.delete(name);
    else
      this.#cookies.set(name, {
        value: pair.slice(equals + 1).trim(),
        expires,
      });
  }

  /** The Cookie header to send; undefined when there is nothing to say. */
  get header(): string | undefined {
    const pairs: string[] = [];
    for (const [name, { value, expires }] of this.#cookies)
      if (expires <= this.#now()) this.#cookies.delete(name);
      else pairs.push(`${name}=${value}`);
    return pairs.length === 0 ? undefined : pairs.join("; ");
  }

  /** Max-Age (seconds) goes before Expires (a date); a cookie with neither lives as long as the jar. */
  #expiry(attributes: readonly string[]): number {
    let byDate = Infinity;
    let byAge: number | undefined;
    for (const attribute of attributes) {
      const [name = "", ...rest] = attribute.split("=");
      const value = rest.join("=").trim();
      switch (name.trim().toLowerCase()) {
        case "max-age":
          if (/^-?\d+$/.test(value)) byAge = this.#now() + Number(value) * 1000;
          break;
        case "expires":
          if (!Number.isNaN(Date.parse(value))) byDate = Date.parse(value);
      }
    }
    return byAge ?? byDate;
  }
}
