import { existsSync, readFileSync } from "node:fs";

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

/**
 * A log entry as the Meltano SDK's StructuredFormatter writes it (singer_sdk/logging.py), which Meltano parses
 * (meltano/core/logging/parsers.py).
 * @param app name of the program.
 * @param more a metric, or the stream that it is about.
 */
export function structuredLine(
  app: string,
  level: LogLevel | "critical",
  message: string,
  more: { readonly stream?: string | undefined; readonly metric?: object } = {},
): string {
  return JSON.stringify({
    level: level === "warn" ? "warning" : level,
    pid: process.pid,
    logger_name: "flightsync",
    ts: Date.now() / 1000,
    thread_name: "MainThread",
    app_name: app,
    stream_name: more.stream ?? null,
    message,
    metric_info: more.metric,
    extra: {},
  });
}

/**
 * Whether a Singer program is asked for structured lines: Meltano names a file of settings for Python's logging,
 * which chooses the SDK's formatter for plugins with the capability `structured-logging`.
 */
export function wantsStructuredLines(configPath: string | undefined): boolean {
  if (configPath === undefined || !existsSync(configPath)) return false;
  const text = readFileSync(configPath, "utf8");
  return text.includes("singer_sdk.logging.StructuredFormatter");
}

function asWord(text: string): string {
  return /^[\w.:@[\]-]+$/.test(text) ? text : JSON.stringify(text);
}
