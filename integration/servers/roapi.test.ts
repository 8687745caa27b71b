import { roapi } from "./roapi.js";
import { proveServer } from "./suite.js";

proveServer(roapi);
