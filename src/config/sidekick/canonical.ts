import type { Keys, Leaf } from "../../setting/shape.ts";
import { type Entry, isNull, type Mapping, type Tree } from "../../setting/tree.ts";
import type { Diagnostic } from "../read.ts";
import { parseText } from "./variables.ts";

/**
 * Renames keys to the spelling in the table of keys, since Falcosidekick's keys are not case-sensitive.
 * @param isName returns whether the table of keys contains a name
 */
export function renameKeys(
  mapping: Mapping,
  isName: (name: string) => boolean,
  path: string,
  diagnostics: Diagnostic[],
): void {
  for (const [name, entry] of [...mapping.entries]) {
    const lower = name.toLowerCase();
    if (lower === name || isName(name) || !isName(lower)) continue;
    mapping.entries.delete(name);
    if (!mapping.entries.has(lower)) mapping.entries.set(lower, entry);
    else
      diagnostics.push({
        severity: "warning",
        message: `${path}${name} and ${path}${lower} are the same key; ${path}${name} has no effect`,
        place: entry.place,
      });
  }
}

/**
 * Renames the keys of a section, including nested keys, and converts values with a different syntax in Falcosidekick.
 * @param lowerNames whether user-defined names also become lower case, like in Falcosidekick's file
 */
export function canonicalize(
  mapping: Mapping,
  keys: Keys,
  path: string,
  lowerNames: boolean,
  diagnostics: Diagnostic[],
): void {
  renameKeys(mapping, (name) => Object.hasOwn(keys, name), path, diagnostics);
  for (const [name, entry] of mapping.entries) {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    const inner = key?.kind === "later" ? key.shape : key;
    if (inner?.kind === "leaf") entry.value = convert(entry.value, inner, lowerNames);
    else if (inner?.kind === "section" && entry.value.kind === "map")
      canonicalize(entry.value, inner.keys, `${path}${name}.`, lowerNames, diagnostics);
  }
}

/** Converts a value to the form that the key expects: `a:b,c:d` to a map of strings, `1` to true. */
export function convert(value: Tree, key: Leaf<unknown>, lowerNames = false): Tree {
  if (value.kind === "map") return lowerNames && key.takes.startsWith("a map of") ? withLowerNames(value) : value;
  const isSet: boolean = !isNull(value);
  if (value.kind !== "scalar" || !isSet) return value;
  if (key.takes.startsWith("a map of")) return parseText(value.text, key, value.place);
  if (key.takes !== "true or false") return value;
  if (/^(?:1|t)$/i.test(value.text)) return { ...value, text: "true" };
  return /^(?:0|f)$/i.test(value.text) ? { ...value, text: "false" } : value;
}

function withLowerNames(mapping: Mapping): Mapping {
  const entries = new Map([...mapping.entries].map(([name, entry]) => [name.toLowerCase(), entry]));
  return { ...mapping, entries };
}

/** The entry of a key, ignoring case. */
export function entryOf(mapping: Mapping, name: string): Entry | undefined {
  return mapping.entries.get(name) ?? [...mapping.entries].find(([key]) => key.toLowerCase() === name)?.[1];
}
