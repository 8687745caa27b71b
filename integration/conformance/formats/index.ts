import { airbyte } from "./airbyte.js";
import type { Format } from "./format.js";
import { singer } from "./singer.js";

/** Every wire format. */
export const formats: readonly Format[] = [singer, airbyte];
