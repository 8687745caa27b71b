import { createHash } from "node:crypto";
import { hostname } from "node:os";

import type { TableName } from "../catalog.js";

/**
 * Names of staging tables: `<table>__fs_<stream hash>_<run id>`, in the schema of their table. The run id is
 * `<start in ms>_<process id>_<host hash>`, each in base 36, so that a later run can tell a dead one's
 * leftovers from the tables of a run that still goes on.
 */
const host = digest(hostname(), 4);
const retiredSuffix = "_old";
const run = `${Date.now().toString(36)}_${process.pid.toString(36)}_${host}`;

export function stagingTable(table: TableName, streamId: string): TableName {
  return { ...table, name: stagingPrefix(table, streamId) + run };
}

/** What a table is called between the two renames that swap it out. */
export function retiredTable(staging: TableName): TableName {
  return { ...staging, name: staging.name + retiredSuffix };
}

export function isRetired(name: string): boolean {
  return name.endsWith(retiredSuffix);
}

/** What the names of all staging tables of a stream start with. */
export function stagingPrefix(table: TableName, streamId: string): string {
  return `${table.name}__fs_${digest(streamId, 8)}_`;
}

/** Whether the run that made a staging table is known to have ended: only a run on this host can be. */
export function isLeftover(name: string, prefix: string): boolean {
  const [, pid, madeOn] = name.slice(prefix.length).split("_");
  if (pid === undefined || madeOn !== host) return false;
  const processId = parseInt(pid, 36);
  if (processId === process.pid) return false;
  try {
    process.kill(processId, 0);
    return false;
  } catch (error) {
    // EPERM: it lives, as another user.
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
