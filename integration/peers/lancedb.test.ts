import { proveClient } from "./client.js";
import { lancedb } from "./npm-clients.js";

proveClient(lancedb);
