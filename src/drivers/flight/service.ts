import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
} from "@grpc/grpc-js";
import {
  takeFlightData,
  decodePutResult,
  encodePutResult,
  serializeFlightData,
} from "./flight-data.js";
import type { FlightData, FlightDataParts } from "./flight-data.js";
import {
  Action,
  ActionType,
  Criteria,
  Empty,
  FlightDescriptor,
  FlightInfo,
  HandshakeRequest,
  HandshakeResponse,
  PollInfo,
  Result,
  SchemaResult,
  Ticket,
} from "./messages.js";

/** How one side of a call is written and read. */
interface Codec<Sent, Got> {
  encode(value: Sent): Buffer;
  decode(bytes: Uint8Array): Got;
}

/** A gRPC method as @grpc/grpc-js takes it, for a client and for a server. */
export interface Method<RequestSent, RequestGot, ResponseSent, ResponseGot> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: RequestSent) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => RequestGot;
  readonly responseSerialize: (value: ResponseSent) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => ResponseGot;
}

const flightData: Codec<FlightDataParts, FlightData> = {
  encode: serializeFlightData,
  decode: takeFlightData,
};
const putResult = { encode: encodePutResult, decode: decodePutResult };

/** How messages travel, from the client's side. */
type Streaming = "unary" | "down" | "both";

function method<ReqSent, ReqGot, ResSent, ResGot>(
  name: string,
  streaming: Streaming,
  request: Codec<ReqSent, ReqGot>,
  response: Codec<ResSent, ResGot>,
): Method<ReqSent, ReqGot, ResSent, ResGot> {
  return {
    path: `/arrow.flight.protocol.FlightService/${name}`,
    requestStream: streaming === "both",
    responseStream: streaming !== "unary",
    requestSerialize: (value) => request.encode(value),
    requestDeserialize: (bytes) => request.decode(bytes),
    responseSerialize: (value) => response.encode(value),
    responseDeserialize: (bytes) => response.decode(bytes),
  };
}

/** The service arrow.flight.protocol.FlightService: give it to `Server.addService`, or a method of it to a client. */
export const flightService = {
  Handshake: method("Handshake", "both", HandshakeRequest, HandshakeResponse),
  ListFlights: method("ListFlights", "down", Criteria, FlightInfo),
  GetFlightInfo: method("GetFlightInfo", "unary", FlightDescriptor, FlightInfo),
  PollFlightInfo: method("PollFlightInfo", "unary", FlightDescriptor, PollInfo),
  GetSchema: method("GetSchema", "unary", FlightDescriptor, SchemaResult),
  DoGet: method("DoGet", "down", Ticket, flightData),
  DoPut: method("DoPut", "both", flightData, putResult),
  DoExchange: method("DoExchange", "both", flightData, flightData),
  DoAction: method("DoAction", "down", Action, Result),
  ListActions: method("ListActions", "down", Empty, ActionType),
} as const;

type Service = typeof flightService;
type RequestGot<M> =
  M extends Method<never, infer Got, never, unknown> ? Got : never;
type ResponseSent<M> =
  M extends Method<never, unknown, infer Sent, unknown> ? Sent : never;

type Unary<M> = handleUnaryCall<RequestGot<M>, ResponseSent<M>>;
type Down<M> = handleServerStreamingCall<RequestGot<M>, ResponseSent<M>>;
type Both<M> = handleBidiStreamingCall<RequestGot<M>, ResponseSent<M>>;

/**
 * What a server gives to `Server.addService(flightService, handlers)`. A method that is left out answers
 * UNIMPLEMENTED.
 */
export type FlightHandlers = {
  readonly [Name in "Handshake" | "DoPut" | "DoExchange"]?: Both<Service[Name]>;
} & {
  readonly [Name in "GetFlightInfo" | "PollFlightInfo" | "GetSchema"]?: Unary<
    Service[Name]
  >;
} & {
  readonly [
    Name in "ListFlights" | "DoGet" | "DoAction" | "ListActions"
  ]?: Down<Service[Name]>;
};
