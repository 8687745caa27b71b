#!/usr/bin/env node
import { main } from "../main.js";

await main({
  bin: "tap-flightsql",
  engine: "flightsql",
  role: "source",
  protocol: "singer",
});
