import type { Protocol } from "../../protocol.js";
import { parseCatalog } from "./catalog.js";
import { decoder } from "./decoder.js";
import { encoder } from "./encoder.js";
import { parseState } from "./state.js";

/** https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol, over stdin and stdout. */
export const airbyte: Protocol = {
  name: "airbyte",
  parseCatalog,
  parseState,
  encoder,
  decoder,
};
