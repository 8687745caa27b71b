import type { StreamState } from "../state.js";
import type { JsonNode } from "./json-node.js";

/**
 * Member `boundary` of a position, ours in both protocols: hashes of the rows at its value that were sent, or
 * "inclusive".
 */
export function boundaryOf(position: JsonNode): Pick<StreamState, "boundary"> {
  const node = position.get("boundary");
  if (!node.exists) return {};
  return {
    boundary: node.value === "inclusive" ? node.value : node.strings(),
  };
}
