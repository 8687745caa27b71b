// A Singer target as one writes it without thinking of speed: readline, JSON.parse, apache-arrow's builders.
import { createInterface } from "node:readline";
import {
  Field,
  Float64,
  Int64,
  makeBuilder,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  type Data,
  type DataType,
} from "apache-arrow";
import { FlightClient, type FlightData } from "../flight-client.js";
import { splitStream } from "../ipc.js";
import { argument } from "../timed.js";

const { url } = argument() as { readonly url: string };
const batchRows = 8_192;

interface Property {
  readonly type: string | readonly string[];
  readonly format?: string;
}

type Line =
  | {
      readonly type: "SCHEMA";
      readonly stream: string;
      readonly schema: {
        readonly properties: Readonly<Record<string, Property>>;
      };
    }
  | {
      readonly type: "RECORD";
      readonly record: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "STATE"; readonly value: unknown };

function typeOf({ type, format }: Property): DataType {
  const types = [type].flat();
  if (types.includes("integer")) return new Int64();
  if (types.includes("number")) return new Float64();
  return format === "date-time" ? new TimestampMicrosecond() : new Utf8();
}

/** Values as apache-arrow's builders want them. */
function converterOf({ type, format }: Property): (value: unknown) => unknown {
  if ([type].flat().includes("integer"))
    return (value) => BigInt(value as number);
  return format === "date-time"
    ? (value) => Date.parse(value as string)
    : (value) => value;
}

const client = new FlightClient(url);
let properties: (readonly [string, Property])[] = [];
let schema = new Schema();
let builders = newBuilders();
let converters: ((value: unknown) => unknown)[] = [];
let count = 0;
let load: ReturnType<FlightClient["ingest"]> | undefined;
let started = false;

function newBuilders() {
  return properties.map(([, property]) =>
    makeBuilder({ type: typeOf(property), nullValues: [null, undefined] }),
  );
}

async function flush(): Promise<void> {
  if (load === undefined || count === 0) return;
  const children = builders.map((builder) =>
    builder.finish().flush(),
  ) as Data[];
  const data = makeData({
    type: new Struct(schema.fields),
    length: count,
    nullCount: 0,
    children,
  });
  const stream = RecordBatchStreamWriter.writeAll([
    new RecordBatch(schema, data),
  ]).toUint8Array(true);
  const { schema: schemaMessage, header, body } = splitStream(stream);
  const messages: FlightData[] = [{ dataHeader: header, dataBody: body }];
  if (!started)
    messages.unshift({ dataHeader: schemaMessage, dataBody: new Uint8Array() });
  started = true;
  for (const message of messages) await load.send(message);
  builders = newBuilders();
  count = 0;
}

for await (const text of createInterface({
  input: process.stdin,
  crlfDelay: Infinity,
})) {
  const line = JSON.parse(text) as Line;
  switch (line.type) {
    case "SCHEMA":
      properties = Object.entries(line.schema.properties);
      schema = new Schema(
        properties.map(
          ([name, property]) => new Field(name, typeOf(property), true),
        ),
      );
      builders = newBuilders();
      converters = properties.map(([, property]) => converterOf(property));
      load = client.ingest(line.stream);
      break;
    case "RECORD":
      for (const [index, [name]] of properties.entries()) {
        const value = line.record[name];
        builders[index]?.append(
          value === null || value === undefined
            ? null
            : converters[index]?.(value),
        );
      }
      if (++count === batchRows) await flush();
      break;
    case "STATE":
      await flush();
      process.stdout.write(`${JSON.stringify(line.value)}\n`);
  }
}
await flush();
await load?.end();
client.close();
