import { didYouMean } from "../condition/did-you-mean.ts";
import type { Definitions, PluginRequirement } from "./definitions.ts";
import { ItemError, type Report, skipped, UnknownRule } from "./diagnostic.ts";
import { Item, parseCount } from "./item.ts";
import { isWord } from "./list-substitution.ts";
import { Location, locationOf, type RuleFile } from "./location.ts";
import type { Pause } from "./pause.ts";
import { readAppend, readOverride, ruleName, traced } from "./read-override.ts";
import { readRule } from "./read-rule.ts";
import { ENGINE_VERSION, parseVersion } from "./version.ts";
import { isNull, type YamlFile, type YamlNode } from "./yaml.ts";

/** Adds the items of a file to the definitions, in order. Invalid items are reported and skipped. */
export async function readRuleFile(
  file: RuleFile,
  yaml: YamlFile,
  definitions: Definitions,
  report: Report,
  pause?: Pause,
): Promise<void> {
  definitions.files.push(file);
  if ("problems" in yaml) {
    for (const { message, offset } of yaml.problems) {
      if (report.isFull) break;
      report.error("LOAD_ERR_YAML_PARSE", message, new Location(file, offset));
    }
    return;
  }
  for (const document of yaml.documents) {
    if (document === undefined || isNull(document)) continue;
    if (document.kind !== "sequence") {
      report.error(
        "LOAD_ERR_YAML_VALIDATE",
        "A rule file must be a sequence of items (- rule: …)",
        locationOf(file, document),
      );
      continue;
    }
    for (const node of document.items) {
      if (report.isFull) return;
      if (!isNull(node)) readItem(file, node, definitions, report);
      const waiting = pause?.();
      if (waiting !== undefined) await waiting;
    }
  }
}

interface Kind {
  readonly key: string;
  /** Valid keys. */
  readonly keys: ReadonlySet<string>;
  readonly read: (item: Item, definitions: Definitions, report: Report) => void;
}

/** The first key that is present determines the kind of an item. */
const kinds: readonly Kind[] = [
  { key: "required_engine_version", keys: new Set(["required_engine_version"]), read: readEngineVersion },
  { key: "required_plugin_versions", keys: new Set(["required_plugin_versions"]), read: readPluginVersions },
  { key: "list", keys: new Set(["list", "items", "append", "override"]), read: readList },
  { key: "macro", keys: new Set(["macro", "condition", "append", "override"]), read: readMacro },
  {
    key: "rule",
    keys: new Set([
      "rule",
      "condition",
      "output",
      "desc",
      "priority",
      "source",
      "enabled",
      "capture",
      "capture_duration",
      "warn_evttypes",
      "skip-if-unknown-filter",
      "tags",
      "exceptions",
      "override",
      "append",
    ]),
    read: readRule,
  },
];

/** Valid keys by the key of the kind. */
export const itemKeys: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  kinds.map(({ key, keys }) => [key, [...keys]]),
);

function readItem(file: RuleFile, node: YamlNode, definitions: Definitions, report: Report): void {
  if (node.kind !== "mapping") {
    report.error(
      "LOAD_ERR_YAML_VALIDATE",
      "Each item must be a mapping (rule: …, macro: …, list: …)",
      locationOf(file, node),
    );
    return;
  }
  const item = new Item(file, node);
  const kind = kinds.find(({ key }) => item.has(key));
  if (kind === undefined) {
    const first = node.entries[0]?.key;
    const question =
      first?.kind === "scalar"
        ? didYouMean(
            first.text,
            kinds.map(({ key }) => key),
          )
        : "";
    report.warn(
      "LOAD_UNKNOWN_ITEM",
      `Unknown item, expected a rule, macro, list or requirement: it is skipped.${question}`,
      item.place,
    );
    return;
  }
  try {
    kind.read(item, definitions, report);
    warnUnknownKeys(item, kind, report);
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    const name = item.value(kind.key);
    const known = name?.kind === "scalar" ? name.text : undefined;
    if (file.skips === "invalid" || (file.skips === "unknown rules" && error instanceof UnknownRule)) {
      report.warn("LOAD_UNKNOWN_ITEM", skipped(error), error.place, known);
      return;
    }
    report.reject(error, kind.key === "rule" ? known : undefined);
    if (known === undefined) return;
    if (kind.key === "rule") definitions.rejected.rules.add(known);
    else if (kind.key === "macro") definitions.rejected.macros.add(known);
    else if (kind.key === "list") definitions.rejected.lists.add(known);
  }
}

function warnUnknownKeys(item: Item, kind: Kind, report: Report): void {
  const rule = ruleName(item);
  for (const { key } of item.mapping.entries) {
    if (key.kind === "scalar" && kind.keys.has(key.text)) continue;
    const name = key.kind === "scalar" ? ` "${key.text}"` : "";
    report.warn(
      "LOAD_UNKNOWN_KEY",
      `Unknown key${name} in a ${kind.key}: it is ignored.${key.kind === "scalar" ? didYouMean(key.text, kind.keys) : ""}`,
      locationOf(item.file, key),
      rule,
    );
  }
}

function readEngineVersion(item: Item, definitions: Definitions): void {
  const text = item.text("required_engine_version");
  const minor = parseCount(text);
  const version = minor === undefined ? parseVersion(text) : ([ENGINE_VERSION[0], minor, ENGINE_VERSION[2]] as const);
  const place = item.locationAt("required_engine_version");
  if (version === undefined)
    throw new ItemError("LOAD_ERR_YAML_VALIDATE", `"${text}" is not an engine version (expected x.y.z)`, place);
  definitions.requireEngine(version, place);
}

function readPluginVersions(item: Item, definitions: Definitions, report: Report): void {
  const value = item.value("required_plugin_versions");
  if (value?.kind !== "sequence")
    throw item.error("Required plugins must be a sequence of {name, version}", value ?? item.mapping);
  for (const node of value.items) {
    const plugin = item.inner(node, "A required plugin must be a mapping (name: …, version: …)");
    const alternatives: PluginRequirement[] = [requirement(plugin)];
    const others = plugin.value("alternatives");
    if (others !== undefined) {
      if (others.kind !== "sequence") throw plugin.error("Alternatives must be a sequence of {name, version}", others);
      for (const other of others.items) {
        alternatives.push(requirement(plugin.inner(other, "An alternative must be a mapping (name: …, version: …)")));
      }
    }
    try {
      definitions.requirePlugin(alternatives, plugin.place);
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      report.reject(error, undefined);
    }
  }
}

function requirement(plugin: Item): PluginRequirement {
  return { name: plugin.text("name"), version: plugin.text("version") };
}

const MACRO_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

function readList(item: Item, definitions: Definitions, report: Report): void {
  const name = item.text("list");
  if (!isWord(name)) {
    report.warn(
      "LOAD_INVALID_LIST_NAME",
      `"${name}" cannot be used in a condition: the name of a list must not contain spaces, quotes, parentheses, = or ,`,
      item.locationAt("list"),
    );
  }
  const items = item.texts("items");
  const append = readAppend(item, report) || readOverride(item, "items");
  if (append) definitions.appendList(name, items, item.place, report);
  else definitions.defineList(name, items, item.place);
}

function readMacro(item: Item, definitions: Definitions, report: Report): void {
  const name = item.text("macro");
  if (!MACRO_NAME.test(name)) {
    report.warn(
      "LOAD_INVALID_MACRO_NAME",
      `"${name}" cannot be used in a condition: the name of a macro consists of letters, digits and _, and begins with a letter`,
      item.locationAt("macro"),
    );
  }
  const condition = traced(item, "condition");
  const append = readAppend(item, report) || readOverride(item, "condition");
  if (append) definitions.appendMacro(name, condition, item.place);
  else definitions.defineMacro(name, condition, item.place);
}
