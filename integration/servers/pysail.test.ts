import { pysail } from "./pysail.js";
import { proveServer } from "./suite.js";

proveServer(pysail);
