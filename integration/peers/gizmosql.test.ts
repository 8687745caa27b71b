import { proveClient } from "./client.js";
import { gizmosql } from "./npm-clients.js";

proveClient(gizmosql);
