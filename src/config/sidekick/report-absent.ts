import { type FilePosition, isNull, type Mapping, type Tree } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";
import type { Diagnostic } from "../read.ts";
import { type AbsentOutput, absentGroups, absentOutputs, commonKeys } from "./absent.ts";
import { entryOf } from "./canonical.ts";
import { variableOf, variablePosition } from "./variables.ts";

/** A key that the user has set, in the user's spelling. */
interface Given {
  readonly name: string;
  readonly place: FilePosition;
  readonly isTrue: boolean;
}

/**
 * Reports enabled outputs that Eyas does not have, and removes their sections. Each output has one warning, which lists
 * the keys. An output without its enabling key is also disabled in Falcosidekick, so only unknown keys are reported.
 * @returns whether an output that Eyas does not have is enabled
 */
export function reportAbsent(tree: Mapping, environment: Environment, diagnostics: Diagnostic[]): boolean {
  let isAnyEnabled = false;
  for (const [path, output] of Object.entries(absentOutputs)) {
    const parts = path.split(".");
    const sections = takeSections(tree, parts);
    const given = givenKeys(path, sections, output, environment);
    if (!output.enabledBy.some((key) => given.get(key)?.isTrue)) {
      const known = new Set(keysOf(output));
      reportUnknown(sections, path, (key) => known.has(key), diagnostics);
      continue;
    }
    isAnyEnabled = true;
    const group = parts.length === 1 ? "" : (parts[0] ?? "");
    const shared = namesOf(absentGroups[group] ?? "").flatMap((key) => givenKey([group, key], tree, environment));
    const all = [...given.values(), ...shared];
    const names = all.map(({ name }) => name).join(", ");
    const message = `Eyas has no output ${path}: no alerts are sent to it (${names}). Use ${output.use}`;
    diagnostics.push({ severity: "warning", message, place: all[0]?.place ?? tree.place });
  }
  for (const [group, keys] of Object.entries(absentGroups)) {
    const known = new Set(namesOf(keys));
    reportUnknown(takeSections(tree, [group]), group, (key) => known.has(key), diagnostics);
  }
  return isAnyEnabled;
}

function reportUnknown(
  sections: readonly Mapping[],
  path: string,
  isKnown: (key: string) => boolean,
  diagnostics: Diagnostic[],
): void {
  for (const section of sections)
    for (const [key, { place }] of section.entries)
      if (!isKnown(key.toLowerCase()))
        diagnostics.push({ severity: "warning", message: `Unknown key ${path}.${key}`, place });
}

function keysOf({ enabledBy, keys }: AbsentOutput): string[] {
  return [...enabledBy, ...namesOf(keys), ...namesOf(commonKeys)];
}

function namesOf(text: string): string[] {
  return text.split(" ").filter((name) => name !== "");
}

/**
 * Removes the sections of an output, at the top level of the configuration and under `outputs`.
 * @returns the removed sections
 */
function takeSections(tree: Mapping, parts: readonly string[]): Mapping[] {
  const outputs = tree.entries.get("outputs")?.value;
  return [tree, ...(outputs?.kind === "map" ? [outputs] : [])].flatMap((root) => {
    let at = root;
    for (const part of parts.slice(0, -1)) {
      const next = entryOf(at, part)?.value;
      if (next?.kind !== "map") return [];
      at = next;
    }
    const name = parts.at(-1) ?? "";
    const found = [...at.entries].find(([key]) => key.toLowerCase() === name);
    if (found === undefined) return [];
    const [key, { value }] = found;
    if (value.kind === "map" || isNull(value)) at.entries.delete(key); // other values are reported as unknown keys
    return value.kind === "map" ? [value] : [];
  });
}

/** Returns the keys of an output that the user has set, by name in lower case. */
function givenKeys(
  path: string,
  sections: readonly Mapping[],
  output: AbsentOutput,
  environment: Environment,
): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const section of sections) {
    for (const [key, { place, value }] of section.entries) {
      if (!isEmpty(value)) given.set(key.toLowerCase(), { name: `${path}.${key}`, place, isTrue: !isFalse(value) });
    }
  }
  for (const key of keysOf(output)) {
    const found = givenVariable([...path.split("."), key], environment);
    if (found !== undefined) given.set(key, found);
  }
  return given;
}

/** Returns a key of a group of outputs; empty if the key is not set. */
function givenKey(path: readonly [string, string], tree: Mapping, environment: Environment): Given[] {
  const variable = givenVariable(path, environment);
  if (variable !== undefined) return [variable];
  const group = tree.entries.get(path[0])?.value;
  const entry = group?.kind === "map" ? entryOf(group, path[1]) : undefined;
  return entry === undefined || isEmpty(entry.value)
    ? []
    : [{ name: path.join("."), place: entry.place, isTrue: true }];
}

function givenVariable(path: readonly string[], environment: Environment): Given | undefined {
  const name = variableOf(path);
  const text = environment[name] ?? "";
  if (text === "") return undefined;
  const place = variablePosition(name);
  return { name, place, isTrue: !isFalse({ kind: "scalar", place, text }) };
}

function isEmpty(tree: Tree): boolean {
  if (tree.kind === "scalar") return isNull(tree);
  return tree.kind === "list" ? tree.items.every(isEmpty) : tree.entries.size === 0;
}

function isFalse(tree: Tree): boolean {
  return tree.kind === "scalar" && /^(?:false|0|f)$/i.test(tree.text);
}
