import type { Check } from "../check.js";
import { cancel, cancelLoad } from "./cancel.js";
import { writeModes } from "./capabilities.js";
import { badConnection, goodConnection } from "./connection.js";
import { destinationState, killedDestination } from "./destination-state.js";
import { incremental, sourceState } from "./incremental.js";
import { memory } from "./memory.js";
import { overwrite } from "./overwrite.js";
import { everyRow, everyType } from "./read-all.js";
import { roundTrip } from "./round-trip.js";
import { spec } from "./spec.js";
import { upsert } from "./upsert.js";

/** All that is asked of a connector. */
export const checks: readonly Check[] = [
  spec,
  goodConnection,
  badConnection,
  everyType,
  everyRow,
  roundTrip,
  incremental,
  sourceState,
  destinationState,
  killedDestination,
  upsert,
  overwrite,
  writeModes,
  cancel,
  cancelLoad,
  memory,
];
