import { plainValue } from "../alert/entry.ts";

/** Builds a message from the values of an alert's fields. */
export type Fill = (values: readonly string[]) => string;

const FIELD = /%([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+(?:\[[^\]%]*\])?)/g;
const MISSING = "<NA>";

/**
 * Returns a function that builds messages from the output of a rule and the values of its fields. A message is stored
 * only if it differs from the result, which makes a journal one third smaller.
 * @param output output of the rule with `%field` placeholders
 * @param names names of the fields in the order of the values
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

/** The output of a rule without its fields: the text that all messages of the rule share. */
export function outputWithoutFields(output: string): string {
  return output.replace(FIELD, " ");
}
