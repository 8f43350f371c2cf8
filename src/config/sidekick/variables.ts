import type { Leaf } from "../../setting/shape.ts";
import { emptyMapping, type Mapping, type Place, type Tree } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";

/** The environment variable of a key: `SLACK_WEBHOOKURL`. */
export function variableOf(path: readonly string[]): string {
  return path.join("_").toUpperCase();
}

/** The position of a value of an environment variable. */
export function variablePlace(name: string): Place {
  return { file: `$${name}`, line: 0, column: 0 };
}

/** The value of a key's variable as text; undefined if it is empty or not set. */
export function variableValue(path: readonly string[], environment: Environment): Tree | undefined {
  const name = variableOf(path);
  const text = environment[name] ?? "";
  return text === "" ? undefined : { kind: "scalar", place: variablePlace(name), text };
}

/** Separators outside of `{{…}}`. */
const COMMA = /,(?![^{]*\}\})/;

/** A text as the value of a key: `name:value,name:value` for keys with text, commas between the items of a list. */
export function parseText(text: string, { takes }: Leaf<unknown>, place: Place): Tree {
  const scalar = (value: string): Tree => ({ kind: "scalar", place, text: value.trim() });
  if (takes === "a list of text") return { kind: "list", place, items: text.split(",").map(scalar) };
  return takes.startsWith("keys with") ? parsePairs(text, place, scalar) : scalar(text);
}

function parsePairs(text: string, place: Place, scalar: (value: string) => Tree): Mapping {
  const mapping = emptyMapping(place);
  for (const pair of text.split(text.includes("}}") ? COMMA : ",")) {
    const colon = pair.search(/[:=]/);
    if (colon > 0) mapping.entries.set(pair.slice(0, colon).trim(), { place, value: scalar(pair.slice(colon + 1)) });
  }
  return mapping;
}
