import type { Config, Context, Engine } from "../engine.js";
import { Failure } from "../failure.js";
import type { Message } from "../message.js";

/** `check`: connects and lists one table. Says what failed instead of throwing. */
export async function* check(
  engine: Engine,
  config: Config,
  context: Context,
): AsyncGenerator<Message> {
  let failure: Failure | undefined;
  try {
    await using connection = await engine.connect(config, context);
    for await (const stream of connection.streams()) {
      context.log("debug", `found ${stream.name}`);
      break;
    }
  } catch (error) {
    failure = Failure.from(error);
  }
  yield failure === undefined
    ? { type: "connection_status" }
    : { type: "connection_status", failure };
}
