import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import protobuf from "protobufjs";

export interface FlightData {
  readonly flightDescriptor?: {
    readonly type: number;
    readonly cmd: Uint8Array;
  };
  /** IPC message without prefix. */
  readonly dataHeader: Uint8Array;
  readonly dataBody: Uint8Array;
}

interface FlightInfo {
  readonly endpoint: readonly { readonly ticket: object }[];
}

const proto = fileURLToPath(
  new URL("proto/", import.meta.resolve("flightsync/package.json")),
);
const root = protobuf.loadSync([
  "google/protobuf/any.proto",
  join(proto, "Flight.proto"),
  join(proto, "FlightSql.proto"),
]);

function encode(type: string, message: object): Buffer {
  return Buffer.from(root.lookupType(type).encode(message).finish());
}

function decoder(type: string): (bytes: Buffer) => unknown {
  const codec = root.lookupType(type);
  return (bytes) => codec.decode(bytes);
}

/** FlightDescriptor of type CMD that holds a Flight SQL command, packed as google.protobuf.Any. */
function descriptor(
  command: string,
  message: object,
): { type: number; cmd: Uint8Array } {
  const name = `arrow.flight.protocol.sql.${command}`;
  const any = encode("google.protobuf.Any", {
    type_url: `type.googleapis.com/${name}`,
    value: encode(name, message),
  });
  return { type: 2, cmd: any };
}

const service = "/arrow.flight.protocol.FlightService";
const prefix = "arrow.flight.protocol.";

/**
 * Flight SQL as one writes it in an afternoon: protobufjs over the published .proto files and grpc-js with
 * default options except for the message size. The naive peers stand on it.
 */
export class FlightClient {
  readonly #client: Client;

  /** @param url `flightsql://host:port?transport=tcp` */
  constructor(url: string) {
    this.#client = new Client(new URL(url).host, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
    });
  }

  async *query(sql: string): AsyncGenerator<FlightData, void, undefined> {
    const info = await new Promise<FlightInfo>((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `${service}/GetFlightInfo`,
        (message: object) => encode(`${prefix}FlightDescriptor`, message),
        decoder(`${prefix}FlightInfo`),
        descriptor("CommandStatementQuery", { query: sql }),
        (error: ServiceError | null, value: unknown) => {
          if (error !== null) reject(error);
          else resolve(value as FlightInfo);
        },
      );
    });
    for (const { ticket } of info.endpoint) {
      const call = this.#client.makeServerStreamRequest(
        `${service}/DoGet`,
        (message: object) => encode(`${prefix}Ticket`, message),
        decoder(`${prefix}FlightData`),
        ticket,
      );
      for await (const message of call) yield message as FlightData;
    }
  }

  /** Creates the table or appends to it. `send` waits where the call's buffer is full; `end` until the server has all. */
  ingest(table: string): {
    send(data: FlightData): Promise<void>;
    end(): Promise<void>;
  } {
    const call = this.#client.makeBidiStreamRequest(
      `${service}/DoPut`,
      (message: FlightData) => encode(`${prefix}FlightData`, message),
      (bytes: Buffer) => bytes,
    );
    const ended = new Promise<void>((resolve, reject) => {
      call.on("end", resolve).on("error", reject).resume();
    });
    let first = true;
    return {
      async send(data) {
        const message = first
          ? { ...data, flightDescriptor: ingestion(table) }
          : data;
        first = false;
        if (!call.write(message))
          await Promise.race([
            new Promise((resolve) => call.once("drain", resolve)),
            ended,
          ]);
      },
      async end() {
        call.end();
        await ended;
      },
    };
  }

  close(): void {
    this.#client.close();
  }
}

function ingestion(table: string): { type: number; cmd: Uint8Array } {
  return descriptor("CommandStatementIngest", {
    tableDefinitionOptions: { ifNotExist: 1, ifExists: 2 },
    table,
  });
}
