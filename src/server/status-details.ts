import { Metadata, status as Status } from "@grpc/grpc-js";
import {
  RetryInfo,
  Status as RichStatus,
} from "../drivers/flight/status-details.js";
import type { CallStatus } from "./status.js";

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
