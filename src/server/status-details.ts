import { Metadata, status as Status } from "@grpc/grpc-js";
import { Any } from "../drivers/flight/messages.js";
import { plain, repeated } from "../drivers/flight/protobuf-fields.js";
import { MessageType } from "../drivers/flight/protobuf.js";
import type { CallStatus } from "./status.js";

/** google.protobuf.Duration (https://protobuf.dev/reference/protobuf/google.protobuf/#duration). */
const Duration = new MessageType("Duration", {
  seconds: plain(1, "int64"),
  nanos: plain(2, "int32"),
});

/** google.rpc.RetryInfo (googleapis/googleapis, google/rpc/error_details.proto). */
const RetryInfo = new MessageType("RetryInfo", {
  retryDelay: plain(1, Duration),
});

/** google.rpc.Status (googleapis/googleapis, google/rpc/status.proto). */
const RichStatus = new MessageType("Status", {
  code: plain(1, "int32"),
  message: plain(2, "string"),
  details: repeated(3, Any),
});

/** When to come again to a server that is busy or about to end. */
const retrySeconds = 1n;

/** Trailers of a call that failed: UNAVAILABLE says when to try again. */
export function trailersOf({ code, details: message }: CallStatus): Metadata {
  const trailers = new Metadata();
  if (code !== Status.UNAVAILABLE) return trailers;
  const retryInfo = {
    typeUrl: "type.googleapis.com/google.rpc.RetryInfo",
    value: RetryInfo.encode({ retryDelay: { seconds: retrySeconds } }),
  };
  const rich = RichStatus.encode({ code, message, details: [retryInfo] });
  trailers.set("grpc-status-details-bin", rich);
  return trailers;
}
