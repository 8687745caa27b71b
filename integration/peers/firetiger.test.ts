import { proveClient } from "./client.js";
import { firetiger } from "./npm-clients.js";

proveClient(firetiger);
