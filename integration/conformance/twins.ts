import type { Fault } from "./fault.js";
import type { Subject } from "./subject.js";

/** A destination that loads in another mode than it is told to. */
export function otherMode(
  mode: "append" | "overwrite",
): (subject: Subject) => Fault {
  return ({ format: { modes } }) => ({
    role: "destination",
    settings: (given) =>
      "load_method" in given ? { ...given, load_method: modes[mode] } : given,
    catalog: (text) =>
      text.replaceAll(
        /"destination_sync_mode":"\w+"/g,
        `"destination_sync_mode":"${modes[mode]}"`,
      ),
  });
}

/** A destination that gives every state back as soon as it comes. */
export function statesAtOnce({ format }: Subject): Fault {
  return {
    role: "destination",
    input: (line) => {
      const answer = format.echo(line);
      return { forward: [line], answer: answer === undefined ? [] : [answer] };
    },
  };
}
