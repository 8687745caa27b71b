import { Failure } from "../../failure.js";
import type { CallIdentity } from "./call-identity.js";
import type { Rpc } from "./rpc.js";
import { flightService } from "./service.js";

/**
 * Exchanges user name and password for what later calls carry. They go in both forms that Flight knows, the
 * `authorization` header and the payload: servers look at one of them. What comes back is a bearer in headers or
 * trailers, or a token in the payload.
 */
export async function handshake(
  rpc: Rpc,
  identity: CallIdentity,
  deadline: number,
): Promise<void> {
  const call = await rpc.open(flightService.Handshake, "connect", {
    deadline,
    metadata: identity.handshakeMetadata(),
  });
  let token: Uint8Array = Buffer.alloc(0);
  try {
    // Written even if the server has ended the call already; the answer then says why.
    await call.send({ payload: identity.handshakePayload() });
    call.end();
    for await (const { payload } of call.messages()) token = payload;
  } catch (error) {
    // Servers without a Handshake take the credentials with every call.
    if (Failure.from(error).code !== "unsupported") throw error;
  }
  identity.endHandshake(token);
}
