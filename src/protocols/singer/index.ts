import type { Protocol } from "../../protocol.js";
import { parseCatalog } from "./catalog.js";
import { decoder } from "./decoder.js";
import { encoder } from "./encoder.js";
import { parseState } from "./state.js";

/** https://github.com/singer-io/getting-started/blob/master/docs/SPEC.md, with the habits of the Meltano SDK. */
export const singer: Protocol = {
  name: "singer",
  parseCatalog,
  parseState,
  encoder,
  decoder,
};
