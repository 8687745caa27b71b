import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Ajv, type ValidateFunction } from "ajv";

const specs = fileURLToPath(
  new URL("specs", import.meta.resolve("flightsync/package.json")),
);

function contract(name: string): ValidateFunction {
  const text = readFileSync(join(specs, name), "utf8");
  const ajv = new Ajv({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
  });
  return ajv.compile(JSON.parse(text) as object);
}

const singer = contract("singer.json");
const airbyte = contract("airbyte.json");

export interface SingerMessage {
  readonly type: "SCHEMA" | "RECORD" | "STATE" | "ACTIVATE_VERSION";
  readonly record?: Readonly<Record<string, unknown>>;
  readonly value?: { readonly bookmarks?: Readonly<Record<string, unknown>> };
  readonly version?: number;
}

interface Descriptor {
  readonly name: string;
  readonly namespace?: string;
}

export interface AirbyteMessage {
  readonly type: string;
  readonly record?: {
    readonly stream: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
  readonly state?: AirbyteState;
  readonly trace?: {
    readonly error?: {
      readonly message: string;
      readonly failure_type: string;
      readonly stream_descriptor?: Descriptor;
    };
    readonly stream_status?: {
      readonly stream_descriptor: Descriptor;
      readonly status: string;
    };
  };
  readonly log?: { readonly level: string; readonly message: string };
  readonly spec?: {
    readonly connectionSpecification: {
      readonly properties: Readonly<
        Record<string, Readonly<Record<string, unknown>>>
      >;
    };
  };
  readonly connectionStatus?: {
    readonly status: string;
    readonly message?: string;
  };
  readonly catalog?: {
    readonly streams: readonly {
      readonly name: string;
      readonly namespace?: string;
      readonly supported_sync_modes: readonly string[];
      readonly source_defined_primary_key: readonly (readonly string[])[];
    }[];
  };
}

export interface AirbyteState {
  readonly stream?: { readonly stream_descriptor: Descriptor };
  readonly sourceStats?: { readonly recordCount: number } | undefined;
  readonly destinationStats?: { readonly recordCount: number } | undefined;
}

function parsed(
  stdout: string,
  isValid?: ValidateFunction,
): readonly unknown[] {
  assert.ok(stdout === "" || stdout.endsWith("\n"), "the last line is cut");
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const message: unknown = JSON.parse(line);
      if (isValid !== undefined && !isValid(message))
        assert.fail(`${line}\n${JSON.stringify(isValid.errors)}`);
      return message;
    });
}

/** Lines of a tap, each held against specs/singer.json. */
export function singerMessages(stdout: string): readonly SingerMessage[] {
  return parsed(stdout, singer) as readonly SingerMessage[];
}

/** Lines of a source or destination, each held against specs/airbyte.json. */
export function airbyteMessages(stdout: string): readonly AirbyteMessage[] {
  return parsed(stdout, airbyte) as readonly AirbyteMessage[];
}

/** States that a target gave out. */
export function states(stdout: string): readonly unknown[] {
  return parsed(stdout);
}
