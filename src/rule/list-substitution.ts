import { needsQuotes } from "./exception.ts";

const BLANKS = " \t\n\r";
const EDGES = `${BLANKS}(),=`;

const WORD = /^[^()"'\s=,]+$/;

/** Whether the name of a list can be a word of a condition. */
export function isWord(name: string): boolean {
  return WORD.test(name);
}

/**
 * Lists whose names no condition can hold as one word (`my list`) are put into a condition's text before it is read,
 * wherever blanks, parentheses, commas, equals signs or an end are around the name. All others are names in the
 * condition that is read.
 * @returns the text, and the names that were found in it
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
  return at < 0 || EDGES.includes(text.charAt(at)); // "" behind the end, which is one
}
