import type { Protocol } from "../protocol.js";

const protocols: Record<Protocol["name"], () => Promise<Protocol>> = {
  singer: async () => (await import("./singer/index.js")).singer,
  airbyte: async () => (await import("./airbyte/index.js")).airbyte,
};

/** The wire format of this name, imported when asked for. */
export function protocolNamed(name: Protocol["name"]): Promise<Protocol> {
  return protocols[name]();
}
