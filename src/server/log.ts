import type { LogLevel } from "../message.js";

/** @param fields what there is to tell beyond the text, by name; undefined ones are not there. */
export type Log = (
  level: LogLevel,
  text: string,
  fields?: Readonly<Record<string, string | number | undefined>>,
) => void;
