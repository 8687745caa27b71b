import { status as Status } from "@grpc/grpc-js";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { plain } from "../drivers/flight/protobuf-fields.js";
import { MessageType } from "../drivers/flight/protobuf.js";
import { flightService } from "../drivers/flight/service.js";
import type { Method } from "../drivers/flight/service.js";

/** grpc.health.v1 (grpc/grpc-proto, grpc/health/v1/health.proto). */
const HealthCheckRequest = new MessageType("HealthCheckRequest", {
  service: plain(1, "string"),
});
const HealthCheckResponse = new MessageType("HealthCheckResponse", {
  status: plain(1, "enum"),
});
const ServingStatus = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 };

interface Request {
  readonly service: string;
}
interface Response {
  readonly status: number;
}

function method(
  name: string,
  responseStream: boolean,
): Method<Request, Request, Response, Response> {
  return {
    path: `/grpc.health.v1.Health/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: (value) => HealthCheckRequest.encode(value),
    requestDeserialize: (bytes) => HealthCheckRequest.decode(bytes),
    responseSerialize: (value) => HealthCheckResponse.encode(value),
    responseDeserialize: (bytes) => HealthCheckResponse.decode(bytes),
  };
}

/** The service grpc.health.v1.Health. */
export const healthService = {
  Check: method("Check", false),
  Watch: method("Watch", true),
} as const;

/** What there is to ask for: the server as a whole, and its one service. */
const services = new Set(["", flightService.DoGet.path.split("/")[1]]);

/** Tells whoever asks, without credentials, whether the server takes calls. */
export class Health {
  readonly #watchers = new Set<ServerWritableStream<Request, Response>>();
  #status = ServingStatus.SERVING;

  readonly handlers: {
    readonly Check: handleUnaryCall<Request, Response>;
    readonly Watch: handleServerStreamingCall<Request, Response>;
  } = {
    Check: ({ request: { service } }, callback) => {
      if (services.has(service)) callback(null, { status: this.#status });
      else
        callback({
          code: Status.NOT_FOUND,
          details: `the server has no service ${service}`,
        });
    },
    // A service that is unknown now may come one day, so that the call stays open all the same.
    Watch: (call) => {
      const isKnown = services.has(call.request.service);
      call.write({
        status: isKnown ? this.#status : ServingStatus.SERVICE_UNKNOWN,
      });
      if (!isKnown) return;
      this.#watchers.add(call);
      call.on("cancelled", () => this.#watchers.delete(call));
    },
  };

  /** From now on the server takes no calls. */
  drain(): void {
    this.#status = ServingStatus.NOT_SERVING;
    for (const call of this.#watchers) call.write({ status: this.#status });
  }

  /** Ends the calls that watch. */
  close(): void {
    for (const call of this.#watchers) call.end();
  }
}
