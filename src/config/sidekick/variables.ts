import type { Leaf } from "../../setting/shape.ts";
import { emptyMapping, type FilePosition, type Mapping, type Tree } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";

/** Returns the name of the environment variable for a key, such as `SLACK_WEBHOOKURL`. */
export function variableOf(path: readonly string[]): string {
  return path.join("_").toUpperCase();
}

/** Returns the position in diagnostics for a value from an environment variable. */
export function variablePosition(name: string): FilePosition {
  return { file: `$${name}`, line: 0, column: 0 };
}

/** Returns the value of the environment variable for a key; undefined if the variable is empty or not set. */
export function variableValue(path: readonly string[], environment: Environment): Tree | undefined {
  const name = variableOf(path);
  const text = environment[name] ?? "";
  return text === "" ? undefined : { kind: "scalar", place: variablePosition(name), text };
}

/**
 * Converts a string to the value of a key. A map of strings has the form `name:value,name:value`, and a list has commas
 * between the entries.
 */
export function parseText(text: string, { takes }: Leaf<unknown>, place: FilePosition): Tree {
  const scalar = (value: string): Tree => ({ kind: "scalar", place, text: value.trim() });
  if (takes === "a list of strings") return { kind: "list", place, items: text.split(",").map(scalar) };
  return takes.startsWith("a map of") ? parsePairs(text, place, scalar) : scalar(text);
}

function parsePairs(text: string, place: FilePosition, scalar: (value: string) => Tree): Mapping {
  const mapping = emptyMapping(place);
  for (const pair of pairsOf(text)) {
    const colon = pair.search(/[:=]/);
    if (colon > 0) mapping.entries.set(pair.slice(0, colon).trim(), { place, value: scalar(pair.slice(colon + 1)) });
  }
  return mapping;
}

/** Splits a string at commas outside of `{{…}}`. */
function pairsOf(text: string): string[] {
  const pairs: string[] = [];
  let start = 0;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    if (end >= 0 && text.startsWith("{{", at)) {
      end = text.indexOf("}}", at);
      at = Math.max(at, end);
    } else if (text[at] === ",") {
      pairs.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pairs, text.slice(start)];
}
