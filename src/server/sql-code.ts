/** SQL text apart from its literals and comments. */
export interface SqlCode {
  /** Each literal stands as `'N'`, N its place in `literals`; a comment as a space. */
  readonly text: string;
  readonly literals: readonly string[];
}

/** An `E'` and a lone quote are tokens of their own: what they begin is not told here. */
const tokens =
  /--[^\n\r]*|\/\*|'[^']*'|"[^"]*"|[eE]'|\$?[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[^]/g;

/** In these DuckDB's lexer has rules of its own: strings with escapes, dollar quotes, spaces beyond ASCII. */
const openings = /^(?:[eE]?'|")$/;
const notOfNames = /[^\p{L}\p{N}_$]/u;

/**
 * Tells code from literals as DuckDB's lexer does, which is PostgreSQL's. Undefined for a text where that is not
 * certain: one with a string with escapes, a dollar quote, an odd space, or something that does not end.
 */
export function codeOf(sql: string): SqlCode | undefined {
  const literals: string[] = [];
  let text = "";
  /** Where the last literal ended. */
  let end = -1;
  tokens.lastIndex = 0;
  for (let match = tokens.exec(sql); match; match = tokens.exec(sql)) {
    const [token] = match;
    if (token === "/*") {
      const behind = endOfComment(sql, match.index);
      if (behind === undefined) return undefined;
      tokens.lastIndex = behind;
      text += " ";
    } else if (token.startsWith("--")) text += " ";
    else if (token.length > 1 && token.startsWith("'")) {
      const piece = token.slice(1, -1);
      // Two quotes within a literal are one.
      if (match.index === end)
        literals.push(`${literals.pop() ?? ""}'${piece}`);
      else text += `'${String(literals.push(piece) - 1)}'`;
      end = tokens.lastIndex;
    } else {
      const isName = token.length > 1 && !token.startsWith('"');
      if (isUncertain(token, sql[tokens.lastIndex], isName)) return undefined;
      text += token;
    }
  }
  return { text, literals };
}

/** `$1` is a parameter; all else that a dollar may begin or end is left alone. */
function isUncertain(
  token: string,
  next: string | undefined,
  isName: boolean,
): boolean {
  if (token === "$") return next === undefined || !/\d/.test(next);
  if (openings.test(token)) return true;
  if (isName) return notOfNames.test(token) || token.slice(1).includes("$");
  return token.length === 1 && token > "\x7f";
}

/** Comments nest. @returns where the one that begins at `start` ends */
function endOfComment(sql: string, start: number): number | undefined {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(sql); mark; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return undefined;
}
