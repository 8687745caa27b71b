import type { Batch } from "../../arrow/batch.js";
import { decodeSchema } from "../../arrow/ipc-schema.js";
import type { Schema } from "../../arrow/schema.js";
import type { FlightConnection } from "./connect.js";
import type { FlightDataParts } from "./flight-data.js";
import type { FlightStream } from "./flight-stream.js";
import { renewFlightEndpoint } from "./cancel.js";
import { commandDescriptor } from "./ingest.js";
import type {
  FlightDescriptor,
  FlightEndpoint,
  FlightInfo,
  PollInfo,
} from "./messages.js";
import type { StatementOptions } from "./options.js";
import type { Put } from "./put.js";
import type { Replay } from "./retry.js";
import { flightService } from "./service.js";

/** An action that a server knows, with its own words about it. */
export interface ActionType {
  readonly type: string;
  readonly description: string;
}

/** What belongs to one action. */
export interface ActionOptions {
  /** Milliseconds since the epoch, in place of the update timeout. */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A FlightData whose header is no message of Arrow: its root lies far outside. */
const noMessage: FlightDataParts = {
  header: Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
};

/** The calls of Flight's service, as the rest of the driver makes them over one connection. */
export class FlightCalls {
  readonly #connection: FlightConnection;

  constructor(connection: FlightConnection) {
    this.#connection = connection;
  }

  /** Plans, and with some servers runs, a command: an Any. @param replay what asking again could do. */
  getFlightInfo(
    command: Uint8Array,
    replay: Replay,
    signal?: AbortSignal,
  ): Promise<FlightInfo> {
    const { rpc } = this.#connection;
    const method = flightService.GetFlightInfo;
    const descriptor = commandDescriptor(command);
    return rpc.unary(method, descriptor, "query", replay, { signal });
  }

  /** Asks how far a query is: the command's descriptor first, then the one that the answer before gave. */
  pollFlightInfo(
    descriptor: FlightDescriptor,
    replay: Replay,
    signal?: AbortSignal,
  ): Promise<PollInfo> {
    const { rpc } = this.#connection;
    const method = flightService.PollFlightInfo;
    return rpc.unary(method, descriptor, "query", replay, { signal });
  }

  /** The schema of a command's result, without running it. */
  async getSchema(command: Uint8Array, signal?: AbortSignal): Promise<Schema> {
    const { rpc } = this.#connection;
    const method = flightService.GetSchema;
    const descriptor = commandDescriptor(command);
    const options = { signal };
    const { schema } = await rpc.unary(
      method,
      descriptor,
      "query",
      "safe",
      options,
    );
    return decodeSchema(schema);
  }

  /**
   * Opens the stream of one endpoint and waits for its schema. Read its batches or cancel it.
   * @throws Failure(invalid_config) when it lies where this connection does not go.
   */
  doGet(
    endpoint: FlightEndpoint,
    { signal, replay }: Pick<StatementOptions, "signal" | "replay"> = {},
  ): Promise<FlightStream> {
    const renew = (old: FlightEndpoint) => renewFlightEndpoint(this, old);
    const options = { signal, replay, renew };
    return this.#connection.endpoints.open(endpoint, options);
  }

  /** Opens an upload. @param result what its results say. */
  async doPut<Result>(
    result: Put<Result>["result"],
    signal?: AbortSignal,
  ): Promise<Put<Result>> {
    const { rpc } = this.#connection;
    const method = flightService.DoPut;
    const call = await rpc.open(method, "update", { signal }, noMessage);
    return { call, result };
  }

  /**
   * Runs an action to its end. It is run again only where the server refused it before it did anything.
   * @returns the bodies of its results.
   */
  async doAction(
    type: string,
    body: Uint8Array,
    { deadline, signal }: ActionOptions = {},
  ): Promise<Uint8Array[]> {
    const { rpc } = this.#connection;
    const what = `action ${type}`;
    const until = deadline ?? rpc.deadline("update");
    const task = { what, replay: "once", deadline: until, signal } as const;
    return rpc.retry(task, async () => {
      const request = { type, body };
      const options = { deadline: until, signal };
      const method = flightService.DoAction;
      const call = await rpc.request(method, request, "update", options);
      const bodies: Uint8Array[] = [];
      for await (const result of call.messages()) bodies.push(result.body);
      return bodies;
    });
  }

  /** What DoAction can be asked for. */
  async listActions(): Promise<ActionType[]> {
    const { rpc } = this.#connection;
    const call = await rpc.request(flightService.ListActions, {}, "query");
    const types: ActionType[] = [];
    for await (const type of call.messages()) types.push(type);
    return types;
  }

  /** Batches of a metadata command's answer. */
  async *ask(command: Uint8Array): AsyncGenerator<Batch, void, undefined> {
    const { endpoint: endpoints } = await this.getFlightInfo(command, "safe");
    for (const endpoint of endpoints) yield* await this.doGet(endpoint);
  }
}
