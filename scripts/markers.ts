/**
 * Generated tables in documents are between the lines `<!-- generated: NAME -->` and `<!-- /generated -->`. The rest of
 * a document is written by hand.
 */

const OPENING = /^<!-- generated: (\S+) -->$/;
const CLOSING = "<!-- /generated -->";

/** Markers of a table, as line indexes from 0. */
interface Markers {
  readonly name: string;
  readonly opening: number;
  readonly closing: number;
}

/**
 * Replaces the text between the markers of `name`. Errors name `file` and the marker that is missing, duplicate or
 * unclosed.
 */
export function replaceBetweenMarkers(text: string, name: string, content: string, file = "document"): string {
  const lines = text.split("\n");
  const found = findMarkers(lines, file).find((markers) => markers.name === name);
  if (found === undefined) throw new Error(`${file}: no marker "<!-- generated: ${name} -->"`);
  const { opening, closing } = found;
  return [...lines.slice(0, opening + 1), "", content.trim(), "", ...lines.slice(closing)].join("\n");
}

/** Returns the names of the generated tables in a string, in order. Errors name `file` and the marker. */
export function markedTables(text: string, file = "document"): string[] {
  return findMarkers(text.split("\n"), file).map(({ name }) => name);
}

function findMarkers(lines: readonly string[], file: string): readonly Markers[] {
  const found: Markers[] = [];
  let open: { readonly name: string; readonly line: number } | undefined;
  for (const [line, text] of lines.entries()) {
    const name = OPENING.exec(text)?.[1];
    if (name === undefined && text !== CLOSING) continue;
    if (open !== undefined) {
      if (name !== undefined) throw unclosed(open, file);
      found.push({ name: open.name, opening: open.line, closing: line });
      open = undefined;
      continue;
    }
    if (name === undefined) throw new Error(`${file}:${line + 1}: "${CLOSING}" without an opening marker`);
    const first = found.find((markers) => markers.name === name);
    if (first !== undefined)
      throw new Error(
        `${file}:${line + 1}: duplicate marker "<!-- generated: ${name} -->", first in line ${first.opening + 1}`,
      );
    open = { name, line };
  }
  if (open !== undefined) throw unclosed(open, file);
  return found;
}

function unclosed({ name, line }: { readonly name: string; readonly line: number }, file: string): Error {
  return new Error(`${file}:${line + 1}: marker "<!-- generated: ${name} -->" has no "${CLOSING}"`);
}
