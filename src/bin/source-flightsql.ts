#!/usr/bin/env node
import { main } from "../main.js";

await main({
  bin: "source-flightsql",
  engine: "flightsql",
  role: "source",
  protocol: "airbyte",
});
