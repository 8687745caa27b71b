import { status as Status } from "@grpc/grpc-js";
import { isIP } from "node:net";
import { Failure } from "../../failure.js";
import { CallEnd } from "./call-end.js";
import { checkedAddresses } from "./forbidden-hosts.js";
import { grpcProxy } from "./proxy.js";
import type { Rpc } from "./rpc.js";
import { displayAddress } from "./url.js";
import type { FlightAddress } from "./url.js";

/** Connections that are kept; beyond it those without calls are closed, the least recently used first. */
const connectionsMax = 20;

/** Connections to the servers that endpoints named, besides the one that was configured. One for each address. */
export class OtherServers {
  readonly #connect: (address: FlightAddress) => Promise<Rpc>;
  readonly #servers = new Map<string, Promise<Rpc>>();
  readonly #ready = new Map<string, Rpc>();

  /** @param connect opens a connection, and closes it again when it fails. */
  constructor(connect: (address: FlightAddress) => Promise<Rpc>) {
    this.#connect = connect;
  }

  /** Calls that have not ended. */
  get openCalls(): number {
    let calls = 0;
    for (const { openCalls } of this.#ready.values()) calls += openCalls;
    return calls;
  }

  /** @throws Failure; the next call then tries again. */
  async at(address: FlightAddress): Promise<Rpc> {
    const key = keyOf(address);
    const known = this.#servers.get(key) ?? this.#open(address);
    // Set anew, so that the order of the keys is that of their use.
    this.#servers.delete(key);
    this.#servers.set(key, known);
    try {
      const rpc = await known;
      this.#ready.set(key, rpc);
      this.#evict(key);
      return rpc;
    } catch (error) {
      this.#servers.delete(key);
      throw error;
    }
  }

  /** Looks the server up anew when it is needed again: it may have moved. */
  forget(address: FlightAddress): void {
    const key = keyOf(address);
    const rpc = this.#ready.get(key);
    if (rpc === undefined || rpc.openCalls > 0) return;
    rpc.close();
    this.#ready.delete(key);
    this.#servers.delete(key);
  }

  close(): void {
    for (const server of this.#servers.values())
      // One that did not open has closed itself.
      server.then(
        (rpc) => {
          rpc.close();
        },
        () => undefined,
      );
    this.#servers.clear();
    this.#ready.clear();
  }

  async #open(address: FlightAddress): Promise<Rpc> {
    const { host, socketPath } = address;
    if (socketPath !== undefined) return this.#connect(address);
    const where = displayAddress(address);
    const addresses = await checkedAddresses(host, where);
    // A proxy looks the name up by itself, and an address is what it is.
    if (grpcProxy(address) !== undefined || isIP(host) !== 0)
      return this.#connect(address);
    let failure = unknownHost(host, where);
    for (const family of familiesOf(addresses))
      try {
        return await this.#connect({ ...address, addresses: family });
      } catch (error) {
        failure = Failure.from(error);
        if (failure.code !== "unavailable") throw failure;
      }
    throw failure;
  }

  #evict(used: string): void {
    for (const [key, rpc] of this.#ready) {
      if (this.#ready.size <= connectionsMax) return;
      if (key === used || rpc.openCalls > 0) continue;
      rpc.close();
      this.#ready.delete(key);
      this.#servers.delete(key);
    }
  }
}

function keyOf(address: FlightAddress): string {
  return `${displayAddress(address)} ${address.tls ? "tls" : "tcp"}`;
}

/** Addresses by family, in the order of the first of each: a channel takes those of one. */
function familiesOf(
  addresses: readonly string[],
): readonly (readonly string[])[] {
  const families = new Map<number, string[]>();
  for (const address of addresses) {
    const family = families.get(isIP(address)) ?? [];
    families.set(isIP(address), [...family, address]);
  }
  return [...families.values()];
}

function unknownHost(host: string, where: string): Failure {
  const text = `${host} has no address`;
  const cause = new CallEnd(text, {
    code: Status.UNAVAILABLE,
    untouched: true,
    retryAfter: undefined,
  });
  return new Failure(
    "unavailable",
    `${text} (server ${where}, connect); check that its name is known here, or put another in its place in allowed_locations`,
    { cause },
  );
}
