import { lookup } from "node:dns";
import { lookup as lookupAll } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { BlockList, isIP } from "node:net";
import { Failure } from "../../failure.js";

/**
 * Addresses that lead no client to data: link-local ones (RFC 3927, RFC 4291), which include the metadata service
 * of most clouds, those of others (AWS over IPv6, Alibaba, Oracle), and "any address".
 */
const forbidden = new BlockList();
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addAddress("100.100.100.200", "ipv4");
forbidden.addAddress("192.0.0.192", "ipv4");
forbidden.addAddress("0.0.0.0", "ipv4");
forbidden.addAddress("::", "ipv6");

/** Names that clouds give to their metadata service. */
const forbiddenNames =
  /^(metadata|metadata\.google\.internal|metadata\.goog|instance-data(\.ec2\.internal)?)\.?$/i;

/** @throws Failure(unauthorized) for a host that is never called. @param where for the message. */
export function checkHost(host: string, where: string): void {
  if (forbiddenNames.test(host) || isForbidden(canonical(host)))
    throw refusal(where);
}

/**
 * Looks a host up before it is called, as `checkedLookup` does. A name that has no address is left to whoever
 * calls it: behind a proxy only that may know it.
 * @returns its addresses, so that no later look-up can lead elsewhere; none when it has none here.
 * @throws Failure(unauthorized)
 */
export async function checkedAddresses(
  host: string,
  where: string,
): Promise<readonly string[]> {
  const found = await lookupAll(host, { all: true }).catch(() => []);
  const addresses = found.map(({ address }) => address);
  if (addresses.some(isForbidden)) throw refusal(where);
  return addresses;
}

/** The system's look-up, that fails for names whose addresses are never called. */
export function checkedLookup(where: string): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const [first] = addresses;
      if (addresses.some(({ address }) => isForbidden(address)))
        callback(refusal(where), []);
      else if (options.all === true || first === undefined)
        callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function isForbidden(address: string): boolean {
  const version = isIP(address);
  return (
    version !== 0 && forbidden.check(address, version === 4 ? "ipv4" : "ipv6")
  );
}

/** An IPv4 address can be written as one number, or in hexadecimal; WHATWG's URLs read all forms. */
function canonical(host: string): string {
  const text = `http://${host.includes(":") ? `[${host}]` : host}`;
  return URL.canParse(text)
    ? new URL(text).hostname.replace(/^\[(.*)\]$/, "$1")
    : host;
}

function refusal(where: string): Failure {
  return new Failure(
    "unauthorized",
    `a part of the result lies at ${where}, which is a link-local or metadata address: these are never called: let the server name another host, or put one in its place in allowed_locations`,
  );
}
