// A Singer tap as one writes it without thinking of speed: default options, one object a row, JSON.stringify.
import { DataType, type Schema } from "apache-arrow";
import { FlightClient } from "../flight-client.js";
import { readMessage } from "../ipc.js";
import { argument } from "../timed.js";

const { url, table, rows } = argument() as {
  readonly url: string;
  readonly table: string;
  readonly rows: number;
};

// JSON.stringify knows no bigint; a replacer function would cost twice as much as this.
Object.defineProperty(BigInt.prototype, "toJSON", {
  value(this: bigint) {
    return Number(this);
  },
});

function write(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function propertyOf(type: DataType): object {
  if (DataType.isInt(type)) return { type: ["null", "integer"] };
  if (DataType.isFloat(type)) return { type: ["null", "number"] };
  if (DataType.isTimestamp(type))
    return { type: ["null", "string"], format: "date-time" };
  return { type: ["null", "string"] };
}

function writeSchema(schema: Schema): void {
  const properties = Object.fromEntries(
    schema.fields.map((field) => [
      field.name,
      propertyOf(field.type as DataType),
    ]),
  );
  write({
    type: "SCHEMA",
    stream: table,
    schema: { type: "object", properties },
    key_properties: [],
  });
}

const client = new FlightClient(url);
let schemaMessage: Uint8Array | undefined;
let dates: string[] = [];
let count = 0;
for await (const { dataHeader, dataBody } of client.query(
  `SELECT * FROM "${table}"`,
)) {
  if (schemaMessage === undefined) {
    schemaMessage = dataHeader;
    const { schema } = readMessage(schemaMessage).open();
    dates = schema.fields
      .filter((field) => DataType.isTimestamp(field.type))
      .map((field) => field.name);
    writeSchema(schema);
    continue;
  }
  for (const batch of readMessage(schemaMessage, dataHeader, dataBody))
    for (const row of batch) {
      const record = row.toJSON() as Record<string, unknown>;
      for (const name of dates) {
        const value = record[name];
        if (typeof value === "number")
          record[name] = new Date(value).toISOString();
      }
      write({ type: "RECORD", stream: table, record });
      count++;
    }
}
write({ type: "STATE", value: {} });
client.close();
if (count !== rows)
  throw new Error(`read ${String(count)} rows of ${String(rows)}`);
