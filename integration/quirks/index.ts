import { flightsql } from "./flightsql.js";
import type { Quirks } from "./quirks.js";

/** Every engine that the conformance suite can start a server of. */
export const engines: readonly Quirks[] = [flightsql];
