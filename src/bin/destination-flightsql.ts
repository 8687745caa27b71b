#!/usr/bin/env node
import { main } from "../main.js";

await main({
  bin: "destination-flightsql",
  engine: "flightsql",
  role: "destination",
  protocol: "airbyte",
});
