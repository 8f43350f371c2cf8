import { ConditionError } from "../condition/error.ts";
import { limits } from "../condition/limits.ts";
import { needsQuotes } from "./exception.ts";

const BLANKS = " \t\n\r";
const EDGES = `${BLANKS}(),=`;

const WORD = /^[^()"'\s=,]+$/;

/** Whether the name of a list can be a single word of a condition. */
export function isWord(name: string): boolean {
  return WORD.test(name);
}

/**
 * Replaces names of lists that are not words (`my list`) in the text of a condition before it is parsed. A name must be
 * surrounded by blanks, parentheses, commas, equals signs or the ends of the text. Other names are resolved after
 * parsing.
 * @param origin the name of the macro that contains the text; "" for a rule
 * @returns the text, and the names found in it
 * @throws ConditionError (fault `syntax`) if the text becomes too long
 */
export function substituteLists(
  text: string,
  lists: ReadonlyMap<string, readonly string[]>,
  origin = "",
): { readonly text: string; readonly used: readonly string[] } {
  const used: string[] = [];
  let out = text;
  for (const [name, items] of lists) {
    let written: string | undefined;
    let kept = 0;
    let replaced = "";
    for (let at = out.indexOf(name); at !== -1; at = out.indexOf(name, at + 1)) {
      const end = at + name.length;
      if (!isEdge(out, at - 1) || !isEdge(out, end)) continue;
      used.push(name);
      written ??= items.map((item) => (needsQuotes(item) ? `"${item}"` : item)).join(", ");
      replaced += out.slice(kept, at) + written;
      kept = end;
      if (replaced.length > limits.text) throw tooLong(origin);
      at = end; // the next name begins after the boundary
    }
    if (kept > 0) out = replaced + out.slice(kept);
  }
  return { text: out, used };
}

function tooLong(origin: string): ConditionError {
  const message = `Lists expand the condition to more than ${limits.text} characters.`;
  return new ConditionError("syntax", message, { origin, start: 0, end: 0 });
}

function isEdge(text: string, at: number): boolean {
  return at < 0 || EDGES.includes(text.charAt(at)); // "" after the end of the text, which counts as a boundary
}
