import { once } from "node:events";
import { createServer } from "node:http2";
import type { ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { encodeBatch } from "../../arrow/encode-batch.js";
import { encodeSchema } from "../../arrow/ipc-schema.js";
import { encodeFlightData } from "./flight-data.js";
import { FlightInfo } from "./messages.js";
import { rows } from "./scenario.test.js";

/** A call as HTTP/2 has it. */
export interface RawCall {
  readonly stream: ServerHttp2Stream;
  /** Sends the headers of an answer. */
  readonly begin: () => void;
  /** Sends a gRPC message. */
  readonly send: (message: Uint8Array) => void;
  /** Ends the call with a status. */
  readonly end: (
    status?: number,
    trailers?: Readonly<Record<string, string>>,
  ) => void;
}

export interface RawServer extends AsyncDisposable {
  readonly url: string;
  /** Sessions that were opened, one for each TCP connection. */
  readonly sessions: () => number;
}

/** A Flight server without a gRPC library, for what such a library does not let happen. Not a test itself. */
export async function serveRaw(
  doGet: (call: RawCall, attempt: number) => void,
  endpoint: Parameters<typeof FlightInfo.encode>[0]["endpoint"] = [{}],
): Promise<RawServer> {
  let sessions = 0;
  let attempts = 0;
  const server = createServer();
  const open = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    sessions++;
    open.add(session);
    session.on("error", () => undefined);
  });
  server.on("stream", (stream, { ":path": path = "" }) => {
    stream.on("error", () => undefined);
    const call = rawCall(stream);
    if (path.endsWith("/DoGet")) doGet(call, ++attempts);
    else if (path.endsWith("/GetFlightInfo")) {
      call.begin();
      call.send(FlightInfo.encode({ endpoint }));
      call.end();
    } else call.end(12);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `flightsql://127.0.0.1:${String(port)}?transport=tcp`,
    sessions: () => sessions,
    [Symbol.asyncDispose]: async () => {
      for (const session of open) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Sends the schema, and the rows so many times. */
export function sendBatches({ begin, send }: RawCall, count: number): void {
  begin();
  send(encodeFlightData({ header: encodeSchema(rows.schema) }));
  for (let sent = 0; sent < count; sent++)
    send(encodeFlightData(encodeBatch(rows)));
}

function rawCall(stream: ServerHttp2Stream): RawCall {
  const type = { ":status": 200, "content-type": "application/grpc" };
  return {
    stream,
    begin: () => {
      stream.respond(type, { waitForTrailers: true });
    },
    send: (message) => {
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(message.byteLength, 1);
      stream.write(Buffer.concat([prefix, message]));
    },
    end: (status = 0, trailers = {}) => {
      const last = { "grpc-status": String(status), ...trailers };
      if (!stream.headersSent) {
        stream.respond({ ...type, ...last }, { endStream: true });
        return;
      }
      stream.once("wantTrailers", () => {
        stream.sendTrailers(last);
      });
      stream.end();
    },
  };
}
