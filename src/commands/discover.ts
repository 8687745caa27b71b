import type { Stream } from "../catalog.js";
import type { Config, Context, Engine } from "../engine.js";
import type { Message } from "../message.js";

/** `discover`: every table and view with its columns, types and key. */
export async function* discover(
  engine: Engine,
  config: Config,
  context: Context,
): AsyncGenerator<Message> {
  await using connection = await engine.connect(config, context);
  const streams: Stream[] = [];
  for await (const stream of connection.streams()) streams.push(stream);
  yield { type: "catalog", streams };
}
