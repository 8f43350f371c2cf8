import { receivers } from "../output/list.ts";
import { outputsSection } from "../output/sections.ts";
import { certificateKeys } from "../output/transport/keys.ts";
import type { Key, Keys, Leaf } from "../setting/shape.ts";
import { emptyMapping, type Mapping, type Place, type Tree } from "../setting/tree.ts";
import type { Environment } from "./environment.ts";

/**
 * Maps outputs of Falcosidekick to `outputs`, both from the top level of its file (`slack: {webhookurl: …}`) and from
 * environment variables (`SLACK_WEBHOOKURL`). Variables take precedence over the file. Variables of a disabled output
 * are ignored, since other programs use such names too.
 */
export function adoptReceivers(tree: Mapping, environment: Environment): void {
  for (const [name, key] of Object.entries<Key>(outputsSection.keys)) {
    const top = tree.entries.get(name);
    if (top !== undefined) {
      tree.entries.delete(name);
      const outputs = outputsOf(tree, top.place);
      if (!outputs.entries.has(name)) outputs.entries.set(name, top);
    }
    if (isShared(name) || isSwitchedOn(name, tree, environment)) adopt(tree, [name], key, environment);
  }
}

/** Whether several outputs share a key, such as certificates. */
function isShared(name: string): boolean {
  return Object.hasOwn(certificateKeys, name);
}

/** Whether the file or the environment sets the key that enables an output or group. */
function isSwitchedOn(name: string, tree: Mapping, environment: Environment): boolean {
  return receivers.some((output) => {
    const path = [...output.name.split("."), output.enabledBy];
    if (path[0] !== name) return false;
    if ((environment[variable(path)] ?? "") !== "") return true;
    let at: Tree | undefined = tree.entries.get("outputs")?.value;
    for (const each of path) at = at?.kind === "map" ? at.entries.get(each)?.value : undefined;
    return at !== undefined && (at.kind !== "scalar" || at.text !== "");
  });
}

function variable(path: readonly string[]): string {
  return path.join("_").toUpperCase();
}

function adopt(tree: Mapping, path: readonly string[], key: Key, environment: Environment): void {
  if (key.kind === "section") {
    const inner: Keys = key.keys;
    for (const [name, each] of Object.entries(inner)) adopt(tree, [...path, name], each, environment);
    return;
  }
  const text = environment[variable(path)];
  if (text === undefined || text === "" || key.kind !== "leaf") return;
  const place: Place = { file: `$${variable(path)}`, line: 0, column: 0 };
  let at = outputsOf(tree, place);
  for (const name of path.slice(0, -1)) at = mappingAt(at, name, place);
  at.entries.set(path.at(-1) ?? "", { place, value: treeOf(text, key, place) });
}

function outputsOf(tree: Mapping, place: Place): Mapping {
  return mappingAt(tree, "outputs", place);
}

function mappingAt(tree: Mapping, name: string, place: Place): Mapping {
  const there = tree.entries.get(name)?.value;
  if (there?.kind === "map") return there;
  const fresh = emptyMapping(place);
  tree.entries.set(name, { place, value: fresh });
  return fresh;
}

/** Parses a variable: `key:value,key:value` for keys with text, commas in lists. */
function treeOf(text: string, { takes }: Leaf<unknown>, place: Place): Tree {
  const scalar = (value: string): Tree => ({ kind: "scalar", place, text: value.trim() });
  if (takes === "a list of text") return { kind: "list", place, items: text.split(",").map(scalar) };
  if (takes !== "keys with text") return scalar(text);
  const mapping = emptyMapping(place);
  for (const pair of text.split(",")) {
    const colon = pair.search(/[:=]/);
    if (colon > 0) mapping.entries.set(pair.slice(0, colon).trim(), { place, value: scalar(pair.slice(colon + 1)) });
  }
  return mapping;
}
