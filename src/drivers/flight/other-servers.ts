import { checkAddresses } from "./forbidden-hosts.js";
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
    const key = `${displayAddress(address)} ${address.tls ? "tls" : "tcp"}`;
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
    if (address.socketPath === undefined)
      await checkAddresses(address.host, displayAddress(address));
    return this.#connect(address);
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
