import { sqlite } from "./sqlite.js";
import { proveServer } from "./suite.js";

proveServer(sqlite);
