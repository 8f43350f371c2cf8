import { needsQuotes } from "./exception.ts";

const BLANKS = " \t\n\r";
const EDGES = `${BLANKS}(),=`;

const WORD = /^[^()"'\s=,]+$/;

/** Whether the name of a list is a word of a condition. */
export function isWord(name: string): boolean {
  return WORD.test(name);
}

/**
 * Replaces names of lists that are not words (`my list`) in the text of a condition before it is parsed, if surrounded
 * by blanks, parentheses, commas, equals signs or an end of the text. Other names are resolved after parsing.
 * @returns the text, and the names found in it
 */
export function substituteLists(
  text: string,
  lists: ReadonlyMap<string, readonly string[]>,
): { readonly text: string; readonly used: readonly string[] } {
  const used: string[] = [];
  let out = text;
  for (const [name, items] of lists) {
    const written = items.map((item) => (needsQuotes(item) ? `"${item}"` : item)).join(", ");
    for (let at = out.indexOf(name); at !== -1; at = out.indexOf(name, at + 1)) {
      const end = at + name.length;
      if (!isEdge(out, at - 1) || !isEdge(out, end)) continue;
      used.push(name);
      out = out.slice(0, at) + written + out.slice(end);
      at += written.length;
    }
  }
  return { text: out, used };
}

function isEdge(text: string, at: number): boolean {
  return at < 0 || EDGES.includes(text.charAt(at)); // "" after the end, which counts as a boundary
}
