import { map, optional, plain, repeated } from "./protobuf-fields.js";
import { MessageType } from "./protobuf.js";
import type { Decoded, Encodable } from "./protobuf-fields.js";

/**
 * The messages of proto/Flight.proto as tables, fields in camel case, and the two well-known types that
 * Flight uses. FlightData and PutResult are in `flight-data.ts`, written by hand.
 */

/** google.protobuf.Timestamp (https://protobuf.dev/reference/protobuf/google.protobuf/#timestamp). */
export const Timestamp = new MessageType("Timestamp", {
  seconds: plain(1, "int64"),
  nanos: plain(2, "int32"),
});

/** google.protobuf.Any (https://protobuf.dev/reference/protobuf/google.protobuf/#any). */
export const Any = new MessageType("Any", {
  typeUrl: plain(1, "string"),
  value: plain(2, "bytes"),
});

const handshake = {
  protocolVersion: plain(1, "uint64"),
  payload: plain(2, "bytes"),
};

export const HandshakeRequest = new MessageType("HandshakeRequest", handshake);
export const HandshakeResponse = new MessageType(
  "HandshakeResponse",
  handshake,
);

export const BasicAuth = new MessageType("BasicAuth", {
  username: plain(2, "string"),
  password: plain(3, "string"),
});

export const Empty = new MessageType("Empty", {});

export const ActionType = new MessageType("ActionType", {
  type: plain(1, "string"),
  description: plain(2, "string"),
});

export const Criteria = new MessageType("Criteria", {
  expression: plain(1, "bytes"),
});

export const Action = new MessageType("Action", {
  type: plain(1, "string"),
  body: plain(2, "bytes"),
});

export const Result = new MessageType("Result", { body: plain(1, "bytes") });

export const SchemaResult = new MessageType("SchemaResult", {
  schema: plain(1, "bytes"),
});

/** Values of FlightDescriptor.type. */
export const DescriptorType = { UNKNOWN: 0, PATH: 1, CMD: 2 } as const;

export const FlightDescriptor = new MessageType("FlightDescriptor", {
  type: plain(1, "enum"),
  cmd: plain(2, "bytes"),
  path: repeated(3, "string"),
});

export const Ticket = new MessageType("Ticket", { ticket: plain(1, "bytes") });

const Location = new MessageType("Location", {
  uri: plain(1, "string"),
});

export const FlightEndpoint = new MessageType("FlightEndpoint", {
  ticket: plain(1, Ticket),
  location: repeated(2, Location),
  expirationTime: plain(3, Timestamp),
  appMetadata: plain(4, "bytes"),
});

export const FlightInfo = new MessageType("FlightInfo", {
  schema: plain(1, "bytes"),
  flightDescriptor: plain(2, FlightDescriptor),
  endpoint: repeated(3, FlightEndpoint),
  totalRecords: plain(4, "int64"),
  totalBytes: plain(5, "int64"),
  ordered: plain(6, "bool"),
  appMetadata: plain(7, "bytes"),
});

export const PollInfo = new MessageType("PollInfo", {
  info: plain(1, FlightInfo),
  flightDescriptor: plain(2, FlightDescriptor),
  progress: optional(3, "double"),
  expirationTime: plain(4, Timestamp),
});

export const CancelFlightInfoRequest = new MessageType(
  "CancelFlightInfoRequest",
  {
    info: plain(1, FlightInfo),
  },
);

export const CancelStatus = {
  CANCEL_STATUS_UNSPECIFIED: 0,
  CANCEL_STATUS_CANCELLED: 1,
  CANCEL_STATUS_CANCELLING: 2,
  CANCEL_STATUS_NOT_CANCELLABLE: 3,
} as const;

export const CancelFlightInfoResult = new MessageType(
  "CancelFlightInfoResult",
  {
    status: plain(1, "enum"),
  },
);

export const RenewFlightEndpointRequest = new MessageType(
  "RenewFlightEndpointRequest",
  {
    endpoint: plain(1, FlightEndpoint),
  },
);

const StringListValue = new MessageType("StringListValue", {
  values: repeated(1, "string"),
});

/** A oneof: at most one member is set, and none means that the option is to be unset. */
export const SessionOptionValue = new MessageType("SessionOptionValue", {
  stringValue: optional(1, "string"),
  boolValue: optional(2, "bool"),
  int64Value: optional(3, "sfixed64"),
  doubleValue: optional(4, "double"),
  stringListValue: optional(5, StringListValue),
});

export const SetSessionOptionsRequest = new MessageType(
  "SetSessionOptionsRequest",
  {
    sessionOptions: map(1, SessionOptionValue),
  },
);

/** Values of SetSessionOptionsResult.Error.value. */
export const SessionOptionError = {
  UNSPECIFIED: 0,
  INVALID_NAME: 1,
  INVALID_VALUE: 2,
  ERROR: 3,
} as const;

/** The message SetSessionOptionsResult.Error. */
const SetSessionOptionsError = new MessageType("Error", {
  value: plain(1, "enum"),
});

export const SetSessionOptionsResult = new MessageType(
  "SetSessionOptionsResult",
  {
    errors: map(1, SetSessionOptionsError),
  },
);

const GetSessionOptionsRequest = new MessageType(
  "GetSessionOptionsRequest",
  {},
);

export const GetSessionOptionsResult = new MessageType(
  "GetSessionOptionsResult",
  {
    sessionOptions: map(1, SessionOptionValue),
  },
);

const CloseSessionRequest = new MessageType("CloseSessionRequest", {});

/** Values of CloseSessionResult.status. */
export const CloseSessionStatus = {
  UNSPECIFIED: 0,
  CLOSED: 1,
  CLOSING: 2,
  NOT_CLOSEABLE: 3,
} as const;

export const CloseSessionResult = new MessageType("CloseSessionResult", {
  status: plain(1, "enum"),
});

/** Bodies and results of Flight's own actions, which travel bare in Action.body and Result.body. */
export const actionMessages = {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  RenewFlightEndpointRequest,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
  GetSessionOptionsRequest,
  GetSessionOptionsResult,
  CloseSessionRequest,
  CloseSessionResult,
} as const;

/** Values of the actions' enums, by the names that the proto file gives them. */
export const actionEnums = {
  CancelStatus,
  SessionOptionError,
  CloseSessionStatus,
} as const;

export type FlightDescriptor = Encodable<typeof FlightDescriptor>;
export type FlightEndpoint = Decoded<typeof FlightEndpoint>;
export type FlightInfo = Decoded<typeof FlightInfo>;
export type PollInfo = Decoded<typeof PollInfo>;
