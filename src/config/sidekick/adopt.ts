import { receivers } from "../../output/list.ts";
import { outputsSection } from "../../output/sections.ts";
import { sharedKeys } from "../../output/shared-keys.ts";
import type { Key, Keys } from "../../setting/shape.ts";
import { emptyMapping, type FilePosition, isNull, type Mapping, type Tree } from "../../setting/tree.ts";
import type { Environment } from "../environment.ts";
import type { Diagnostic } from "../read.ts";
import { misspelt } from "./absent.ts";
import { canonicalize, convert, renameKeys } from "./canonical.ts";
import { reportDifferences } from "./differences.ts";
import { heads } from "./heads.ts";
import { adoptIntake } from "./intake.ts";
import { readVariables } from "./read-variables.ts";
import { reportAbsent } from "./report-absent.ts";
import { checkTemplates } from "./templates.ts";
import { parseText, variableOf, variablePosition } from "./variables.ts";

/**
 * Maps Falcosidekick's configuration to Eyas keys: keys at the top level of the file (`slack: {webhookurl: …}`) and
 * environment variables (`SLACK_WEBHOOKURL`) to `outputs` and `alert_intake`. Keys are not case-sensitive. Variables
 * take precedence over the file. Variables of a disabled output are ignored, since other programs also use variables
 * with these names. Keys without effect are reported as warnings.
 */
export async function adoptSidekick(tree: Mapping, environment: Environment, diagnostics: Diagnostic[]): Promise<void> {
  const isHead = (name: string): boolean => heads.has(name);
  renameKeys(tree, isHead, "", diagnostics);
  const given = tree.entries.get("outputs")?.value;
  if (given?.kind === "map") {
    renameKeys(given, isHead, "outputs.", diagnostics);
    canonicalize(given, outputsSection.keys, "outputs.", false, diagnostics);
  }
  for (const [name, key] of Object.entries<Key>(outputsSection.keys)) {
    adoptTop(tree, name, key, diagnostics);
    if (isShared(name) || isEnabled(name, tree, environment)) adoptVariables(tree, [name], key, environment);
  }
  readVariables(tree, environment, diagnostics);
  const hasAbsent = reportAbsent(tree, environment, diagnostics);
  // DEBUG is used only if outputs are configured, since many programs use a variable with this name.
  const around = hasAbsent || tree.entries.has("outputs") ? environment : { ...environment, DEBUG: "" };
  adoptIntake(tree, around, diagnostics);
  reportDifferences(tree, diagnostics);
  for (const [wrong, right] of Object.entries(misspelt)) {
    if ((environment[wrong] ?? "") === "") continue;
    const message = `${wrong} has no effect; use ${right}`;
    diagnostics.push({ severity: "warning", message, place: variablePosition(wrong) });
  }
  await checkTemplates(tree, diagnostics);
}

/** Moves a key from the top level of the configuration to `outputs`. */
function adoptTop(tree: Mapping, name: string, key: Key, diagnostics: Diagnostic[]): void {
  const top = tree.entries.get(name);
  if (top === undefined) return;
  tree.entries.delete(name);
  if (key.kind === "leaf") top.value = convert(top.value, key, true);
  else if (key.kind === "section" && top.value.kind === "map")
    canonicalize(top.value, key.keys, `${name}.`, true, diagnostics);
  const outputs = mappingAt(tree, "outputs", top.place);
  if (!outputs.entries.has(name)) outputs.entries.set(name, top);
  else
    diagnostics.push({
      severity: "warning",
      message: `${name} has no effect, since outputs.${name} is set`,
      place: top.place,
    });
}

/** Whether a key is shared by several outputs, such as the path of certificates. */
function isShared(name: string): boolean {
  return Object.hasOwn(sharedKeys, name);
}

/** Whether the file or the environment sets the key that enables an output or group. */
function isEnabled(name: string, tree: Mapping, environment: Environment): boolean {
  return receivers.some((output) => {
    const path = [...output.name.split("."), output.enabledBy];
    if (path[0] !== name) return false;
    if ((environment[variableOf(path)] ?? "") !== "") return true;
    let at: Tree | undefined = tree.entries.get("outputs")?.value;
    for (const each of path) at = at?.kind === "map" ? at.entries.get(each)?.value : undefined;
    return at !== undefined && !isNull(at);
  });
}

function adoptVariables(tree: Mapping, path: readonly string[], key: Key, environment: Environment): void {
  const inner = key.kind === "later" ? key.shape : key;
  if (inner.kind === "section") {
    const keys: Keys = inner.keys;
    for (const [name, each] of Object.entries(keys)) adoptVariables(tree, [...path, name], each, environment);
    return;
  }
  const name = variableOf(path);
  const text = environment[name] ?? "";
  if (text === "" || inner.kind !== "leaf") return;
  const place = variablePosition(name);
  let at = mappingAt(tree, "outputs", place);
  for (const each of path.slice(0, -1)) at = mappingAt(at, each, place);
  const last = path.at(-1) ?? "";
  const value = convert(parseText(text, inner, place), inner);
  const there = at.entries.get(last)?.value;
  if (value.kind === "map" && there?.kind === "map")
    for (const [key, entry] of value.entries) there.entries.set(key, entry);
  else at.entries.set(last, { place, value });
}

/** Returns the mapping under a key, and creates a missing mapping. */
export function mappingAt(tree: Mapping, name: string, place: FilePosition): Mapping {
  const there = tree.entries.get(name)?.value;
  if (there?.kind === "map") return there;
  const fresh = emptyMapping(place);
  tree.entries.set(name, { place, value: fresh });
  return fresh;
}
