import type { Engine, Role } from "../engine.js";
import type { Message } from "../message.js";

/** `spec`: what can be configured. Needs no config and no network. */
export function* spec(engine: Engine, role: Role): Generator<Message> {
  yield { type: "spec", role, configSchema: engine.configSchema(role) };
}
