import { Client, credentials, Metadata } from "@grpc/grpc-js";
import type { status as Status } from "@grpc/grpc-js";
import type {
  CallOptions,
  ChannelCredentials,
  ServiceError,
} from "@grpc/grpc-js";
import type { Batch } from "../arrow/batch.js";
import { encodeBatch } from "../arrow/encode-batch.js";
import { MessageReader } from "../arrow/ipc.js";
import { decodeSchema, encodeSchema } from "../arrow/ipc-schema.js";
import { valuesOfBatch } from "../arrow/plain-values.js";
import type { Value } from "../arrow/plain-values.js";
import type { Schema } from "../arrow/schema.js";
import type {
  FlightData,
  FlightDataParts,
} from "../drivers/flight/flight-data.js";
import { DescriptorType } from "../drivers/flight/messages.js";
import type {
  FlightDescriptor,
  FlightInfo,
  PollInfo,
} from "../drivers/flight/messages.js";
import { flightService } from "../drivers/flight/service.js";
import {
  DoPutUpdateResult,
  packAny,
  unpackAs,
} from "../drivers/flight/sql-messages.js";
import { serve } from "./index.js";
import type { ServeOptions, Server } from "./index.js";

/** A bare gRPC client that adds nothing of its own, and a server for it. Not a test itself. */

export interface Table {
  readonly schema: Schema;
  readonly columns: readonly (readonly Value[])[];
}

/** How a call failed. */
export function codeOf(error: unknown): Status {
  return (error as ServiceError).code;
}

export class RawClient {
  readonly #client: Client;
  /** Headers of every call. */
  readonly metadata = new Metadata();
  /** Options of the calls that run statements. */
  options: CallOptions = {};
  /** `authorization` of the last answer's headers. */
  bearer: string | undefined;
  /** `set-cookie` of the last answer that had one. */
  setCookie: string | undefined;

  constructor(
    { port }: Server,
    channel: ChannelCredentials = credentials.createInsecure(),
  ) {
    this.#client = new Client(`127.0.0.1:${String(port)}`, channel, {
      "grpc.max_receive_message_length": -1,
      // A connection of its own: a call that is not read holds up the others of its connection.
      "grpc.use_local_subchannel_pool": 1,
    });
  }

  authorize(value: string): this {
    this.metadata.set("authorization", value);
    return this;
  }

  /** Sends the cookie that came last with every call. */
  keepCookie(): this {
    const [pair = ""] = (this.setCookie ?? "").split(";");
    this.metadata.set("cookie", pair);
    return this;
  }

  close(): void {
    this.#client.close();
  }

  /** Handshake; the payload of the answer. */
  handshake(payload: Uint8Array = new Uint8Array(0)): Promise<string> {
    const method = flightService.Handshake;
    const call = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      this.metadata,
    );
    this.#watch(call);
    call.write({ payload });
    call.end();
    return new Promise((resolve, reject) => {
      let token = "";
      call.on("data", (answer: { readonly payload: Uint8Array }) => {
        token = Buffer.from(answer.payload).toString();
      });
      call.on("error", reject);
      call.on("end", () => {
        resolve(token);
      });
    });
  }

  info(cmd: Uint8Array): Promise<FlightInfo> {
    const method = flightService.GetFlightInfo;
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        { type: DescriptorType.CMD, cmd },
        this.metadata,
        this.options,
        (error, info) => {
          if (error === null && info !== undefined) resolve(info);
          else reject(error ?? new Error("no answer"));
        },
      );
      this.#watch(call);
    });
  }

  /** PollFlightInfo. */
  poll(descriptor: FlightDescriptor): Promise<PollInfo> {
    const method = flightService.PollFlightInfo;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        descriptor,
        this.metadata,
        this.options,
        (error, answer) => {
          if (error === null && answer !== undefined) resolve(answer);
          else reject(error ?? new Error("no answer"));
        },
      );
    });
  }

  /** GetSchema. */
  schema(cmd: Uint8Array): Promise<Schema> {
    const method = flightService.GetSchema;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        { type: DescriptorType.CMD, cmd },
        this.metadata,
        (error, answer) => {
          if (error === null && answer !== undefined)
            resolve(decodeSchema(answer.schema));
          else reject(error ?? new Error("no answer"));
        },
      );
    });
  }

  /** DoGet, not read. */
  open(ticket: Uint8Array) {
    const method = flightService.DoGet;
    return this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      { ticket },
      this.metadata,
      this.options,
    );
  }

  async get(ticket: Uint8Array): Promise<Table> {
    const reader = new MessageReader();
    const columns: Value[][] = [];
    for await (const message of this.open(
      ticket,
    ) as AsyncIterable<FlightData>) {
      const batch = reader.read(message.header, message.body);
      if (batch === undefined) continue;
      valuesOfBatch(batch).forEach((values, i) => {
        columns[i] = [...(columns[i] ?? []), ...values];
      });
    }
    if (reader.schema === undefined) throw new Error("no schema came");
    return { schema: reader.schema, columns };
  }

  /** Plans a command and reads its one endpoint. */
  async run(cmd: Uint8Array): Promise<Table> {
    return this.get(ticketOf(await this.info(cmd)));
  }

  query(sql: string, transactionId?: Uint8Array): Promise<Table> {
    return this.run(
      packAny("CommandStatementQuery", { query: sql, transactionId }),
    );
  }

  /** DoPut, nothing sent yet. */
  openPut() {
    const method = flightService.DoPut;
    return this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      this.metadata,
      this.options,
    );
  }

  /** @returns the record count of the answer */
  async put(messages: readonly FlightDataParts[]): Promise<bigint | undefined> {
    const answer = await this.bind(messages);
    return answer && DoPutUpdateResult.decode(answer).recordCount;
  }

  /** DoPut. @returns app_metadata of the answer */
  bind(messages: readonly FlightDataParts[]): Promise<Uint8Array | undefined> {
    const call = this.openPut();
    for (const message of messages) call.write(message);
    call.end();
    return new Promise((resolve, reject) => {
      let metadata: Uint8Array | undefined;
      call.on("data", (answer: { readonly appMetadata: Uint8Array }) => {
        metadata = answer.appMetadata;
      });
      call.on("error", reject);
      call.on("end", () => {
        resolve(metadata);
      });
    });
  }

  update(sql: string, transactionId?: Uint8Array): Promise<bigint | undefined> {
    const cmd = packAny("CommandStatementUpdate", {
      query: sql,
      transactionId,
    });
    return this.put([{ descriptor: { type: DescriptorType.CMD, cmd } }]);
  }

  ingest(
    cmd: Uint8Array,
    schema: Schema,
    batches: readonly Batch[],
  ): Promise<bigint | undefined> {
    return this.put(ingestMessages(cmd, schema, batches));
  }

  /** Bodies of an action's results. */
  async act(type: string, body: Uint8Array): Promise<Uint8Array[]> {
    const method = flightService.DoAction;
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      { type, body },
      this.metadata,
    );
    this.#watch(call);
    const bodies: Uint8Array[] = [];
    for await (const result of call as AsyncIterable<{
      readonly body: Uint8Array;
    }>)
      bodies.push(result.body);
    return bodies;
  }

  async begin(): Promise<Uint8Array> {
    const [body] = await this.act(
      "BeginTransaction",
      packAny("ActionBeginTransactionRequest", {}),
    );
    if (body === undefined) throw new Error("no transaction came");
    return unpackAs("ActionBeginTransactionResult", body).transactionId;
  }

  /** @param action 1 commits, 2 rolls back (FlightSql.proto, EndTransaction). */
  async end(transactionId: Uint8Array, action: 1 | 2): Promise<void> {
    await this.act(
      "EndTransaction",
      packAny("ActionEndTransactionRequest", { transactionId, action }),
    );
  }

  #watch(call: {
    on(event: "metadata", listener: (metadata: Metadata) => void): unknown;
  }): void {
    call.on("metadata", (metadata) => {
      this.bearer = metadata.get("authorization")[0]?.toString();
      this.setCookie =
        metadata.get("set-cookie")[0]?.toString() ?? this.setCookie;
    });
  }
}

export function ingestMessages(
  cmd: Uint8Array,
  schema: Schema,
  batches: readonly Batch[],
): FlightDataParts[] {
  return [
    {
      descriptor: { type: DescriptorType.CMD, cmd },
      header: encodeSchema(schema),
    },
    ...batches.map((batch) => {
      const { header, body } = encodeBatch(batch);
      return { header, body };
    }),
  ];
}

/** Prepares a statement; the commands that run it. */
export async function prepare(client: RawClient, query: string) {
  const [body] = await client.act(
    "CreatePreparedStatement",
    packAny("ActionCreatePreparedStatementRequest", { query }),
  );
  if (body === undefined) throw new Error("no statement came");
  const { preparedStatementHandle } = unpackAs(
    "ActionCreatePreparedStatementResult",
    body,
  );
  return {
    query: packAny("CommandPreparedStatementQuery", {
      preparedStatementHandle,
    }),
    update: packAny("CommandPreparedStatementUpdate", {
      preparedStatementHandle,
    }),
    close: () =>
      client.act(
        "ClosePreparedStatement",
        packAny("ActionClosePreparedStatementRequest", {
          preparedStatementHandle,
        }),
      ),
  };
}

export function ticketOf(info: FlightInfo): Uint8Array {
  const [endpoint] = info.endpoint;
  if (endpoint?.ticket === undefined) throw new Error("no endpoint came");
  return endpoint.ticket.ticket;
}

/** Runs `body` with a fresh server and a client of it, and closes both. */
export async function withServer(
  options: Partial<ServeOptions>,
  body: (client: RawClient, server: Server) => Promise<void>,
): Promise<void> {
  await using server = await serve({
    port: 0,
    log: () => undefined,
    ...options,
  });
  const client = new RawClient(server);
  try {
    await body(client, server);
  } finally {
    client.close();
  }
}
