#!/usr/bin/env node
import { main } from "../main.js";

await main({
  bin: "target-flightsql",
  engine: "flightsql",
  role: "destination",
  protocol: "singer",
});
