/**
 * Members of a JSON object with their values as they stand in the text, digits and all: `JSON.parse` would
 * round numbers. Expects valid JSON.
 */
export function rawMembers(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipBlanks(text, text.indexOf("{") + 1);
  while (text[at] !== "}") {
    const nameEnd = endOfValue(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipBlanks(text, skipBlanks(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.set(name, text.slice(start, end));
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    else if (text[at] !== "}")
      throw new SyntaxError(`no JSON object: ${text.slice(0, 200)}`);
  }
  return members;
}

/** Value under a path of names; undefined when there is none. */
export function rawAt(
  text: string,
  ...path: readonly string[]
): string | undefined {
  let value: string | undefined = text;
  for (const name of path) {
    if (value?.trimStart().startsWith("{") !== true) return undefined;
    value = rawMembers(value).get(name);
  }
  return value;
}

/** A raw scalar without quotes and escapes. */
export function plainText(raw: string): string {
  return raw.startsWith('"') ? (JSON.parse(raw) as string) : raw;
}

function skipBlanks(text: string, at: number): number {
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** Whether a character is white space of JSON. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

const quote = 0x22;

function endOfValue(text: string, start: number): number {
  if (text.charCodeAt(start) === quote) return endOfString(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at += 1)
    switch (text[at]) {
      case '"':
        at = endOfString(text, at) - 1;
        break;
      case "{":
      case "[":
        depth += 1;
        break;
      case "}":
      case "]":
        // Of the value itself, or of what holds it.
        if (depth === 0) return at;
        depth -= 1;
        if (depth === 0) return at + 1;
        break;
      case ",":
      case ":":
      case " ":
        if (depth === 0) return at;
    }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  if (end < 0)
    throw new SyntaxError(`the JSON text ends early: ${text.slice(0, 200)}`);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text[at - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}
