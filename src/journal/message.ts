import { plainValue } from "../alert/entry.ts";

/** Fills the values of an alert's fields into its rule's output. */
export type Fill = (values: readonly string[]) => string;

const FIELD = /%([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+(?:\[[^\]%]*\])?)/g;
const MISSING = "<NA>";

/**
 * Most messages follow from the rule's output and the fields' values, so only those that don't are kept as they are:
 * a third of a journal's size.
 * @param output with `%field`
 * @param names of the fields, in the order of the values
 */
export function filler(output: string, names: readonly string[]): Fill {
  const places = new Map(names.map((name, i) => [name, i]));
  const pieces: (string | number)[] = [];
  let from = output.startsWith("*") ? 1 : 0;
  for (const found of output.matchAll(FIELD)) {
    const place = places.get(found[1] ?? "");
    if (place === undefined) continue;
    pieces.push(output.slice(from, found.index), place);
    from = found.index + found[0].length;
  }
  const end = output.slice(from);
  return (values) => {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : (plainValue(values[piece]) ?? MISSING);
    return text + end;
  };
}

/** A rule's output without its fields: the text that is in every message. */
export function outputWithoutFields(output: string): string {
  return output.replace(FIELD, " ");
}
