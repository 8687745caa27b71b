import type { LogLevel } from "./message.js";

export type LogFormat = "text" | "json";

export type LogFields = Readonly<Record<string, string | number | undefined>>;

/**
 * A log entry as one line: a JSON object with time, level, message and the fields, or `LEVEL message name=value …`.
 * Texts are quoted where they would not stay one word, so that no field can pass for another line or field.
 */
export function logLine(
  format: LogFormat,
  level: LogLevel | "critical",
  message: string,
  fields: LogFields = {},
): string {
  if (format === "json")
    return JSON.stringify({
      time: new Date().toISOString(),
      level,
      message,
      ...fields,
    });
  const words = [`${level.toUpperCase()} ${message}`];
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) words.push(`${name}=${asWord(String(value))}`);
  return words.join(" ");
}

function asWord(text: string): string {
  return /^[\w.:@[\]-]+$/.test(text) ? text : JSON.stringify(text);
}
