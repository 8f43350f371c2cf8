import { didYouMean } from "../condition/did-you-mean.ts";
import type { Definitions, PluginRequirement, RuleChange } from "./definitions.ts";
import { ItemError, ItemErrors, type Report } from "./diagnostic.ts";
import { EMPTY_ENTRY, type Entry, type Exception, entryOf } from "./exception.ts";
import { Item, parseCount } from "./item.ts";
import { isWord } from "./list-substitution.ts";
import { Location, locationOf, type RuleFile } from "./location.ts";
import { MappedText } from "./mapped-text.ts";
import type { Pause } from "./pause.ts";
import { type Priority, parsePriority, priorities } from "./rule.ts";
import { ENGINE_VERSION, parseVersion } from "./version.ts";
import { isNull, type YamlEntry, type YamlFile, type YamlNode } from "./yaml.ts";

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

/** The first key that is present decides the kind of an item. */
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

function ruleName(item: Item): string | undefined {
  const name = item.value("rule");
  return name?.kind === "scalar" ? name.text : undefined;
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
    throw item.error("Required plugins are a sequence of {name, version}", value ?? item.mapping);
  for (const node of value.items) {
    const plugin = inner(item, node, "A required plugin is a mapping (name: …, version: …)");
    const alternatives: PluginRequirement[] = [requirement(plugin)];
    const others = plugin.value("alternatives");
    if (others !== undefined) {
      if (others.kind !== "sequence") throw plugin.error("Alternatives are a sequence of {name, version}", others);
      for (const other of others.items) {
        alternatives.push(requirement(inner(plugin, other, "An alternative is a mapping (name: …, version: …)")));
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

function inner(item: Item, node: YamlNode, otherwise: string): Item {
  if (node.kind !== "mapping") throw item.error(otherwise, node);
  return new Item(item.file, node);
}

const MACRO_NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

function readList(item: Item, definitions: Definitions, report: Report): void {
  const name = item.text("list");
  if (!isWord(name)) {
    report.warn(
      "LOAD_INVALID_LIST_NAME",
      `"${name}" can't be used in a condition: the name of a list must not contain spaces, quotes, parentheses, = or ,`,
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
      `"${name}" can't be used in a condition: the name of a macro consists of letters, digits and _, and begins with a letter`,
      item.locationAt("macro"),
    );
  }
  const condition = traced(item, "condition");
  const append = readAppend(item, report) || readOverride(item, "condition");
  if (append) definitions.appendMacro(name, condition, item.place);
  else definitions.defineMacro(name, condition, item.place);
}

/** The deprecated `append` key. */
function readAppend(item: Item, report: Report): boolean {
  const append = item.optionalBoolean("append") ?? false;
  if (append) {
    const message = '"append: true" is deprecated: list the keys to append under "override" (condition: append)';
    report.warn("LOAD_DEPRECATED_ITEM", message, item.locationAt("append"), ruleName(item));
  }
  return append;
}

/** For lists and macros, which have one key to override: true for an append. */
function readOverride(item: Item, key: string): boolean {
  const only = new Set([key]);
  const { append, replace } = readOverrides(item, only, only);
  if (item.optionalBoolean("append") && append.size + replace.size > 0) throw twoForms(item);
  return append.has(key);
}

function twoForms(item: Item): ItemError {
  return item.error('"append: true" and "override" can\'t be combined: use "override" alone', item.mapping);
}

interface Overrides {
  readonly append: ReadonlySet<string>;
  readonly replace: ReadonlySet<string>;
}

function readOverrides(item: Item, appendable: ReadonlySet<string>, replaceable: ReadonlySet<string>): Overrides {
  const append = new Set<string>();
  const replace = new Set<string>();
  const value = item.value("override");
  if (value === undefined || value.kind === "scalar") return { append, replace };
  if (value.kind === "sequence") {
    throw new ItemError(
      "LOAD_ERR_VALIDATE",
      '"override" must be a mapping (condition: append)',
      locationOf(item.file, value),
    );
  }
  const reasons = new ItemErrors();
  for (const entry of value.entries) reasons.or(undefined, () => readEntryOf(entry));
  reasons.check();
  return { append, replace };

  function readEntryOf(entry: YamlEntry): undefined {
    const key = entry.key.kind === "scalar" ? entry.key.text : "";
    const operation = entry.value.kind === "scalar" ? entry.value.text : "";
    if (operation === "append") {
      const question = didYouMean(key, appendable);
      if (!appendable.has(key)) throw item.error(`"${key}" can't be appended to.${question}`, entry.key);
      append.add(key);
    } else if (operation === "replace") {
      const question = didYouMean(key, replaceable);
      if (!replaceable.has(key)) throw item.error(`"${key}" can't be replaced.${question}`, entry.key);
      replace.add(key);
    } else {
      const question = didYouMean(operation, ["append", "replace"]);
      const message = `"${key}" can be overridden with append or replace, not "${operation}".${question}`;
      throw item.error(message, entry.value);
    }
  }
}

function readRule(item: Item, definitions: Definitions, report: Report): void {
  const name = item.text("rule");
  const source = optionalSource(item);
  const append = readAppend(item, report);
  const overrides = readOverrides(item, appendableKeys, replaceableKeys);
  if (overrides.append.size + overrides.replace.size > 0) {
    if (append) throw twoForms(item);
    overrideRule(item, name, source, overrides, definitions, report);
  } else if (append) {
    const change: RuleChange = { name, source, place: item.place };
    if (item.has("condition")) change.condition = traced(item, "condition");
    if (item.has("exceptions")) change.exceptions = readExceptions(item, report, true);
    definitions.appendRule(change);
  } else if (["condition", "output", "desc", "priority"].some((key) => item.has(key))) {
    defineRule(item, name, definitions, report);
  } else {
    const enabled = item.boolean("enabled");
    const message = 'A rule with only "enabled" is deprecated: add "override" with "enabled: replace"';
    report.warn("LOAD_DEPRECATED_ITEM", message, item.place, name);
    definitions.enableRule(name, enabled, item.place);
  }
}

function optionalSource(item: Item): string {
  const value = item.value("source");
  if (value === undefined || isNull(value) || (value.kind === "scalar" && value.text === "")) return "";
  return item.text("source");
}

function defineRule(item: Item, name: string, definitions: Definitions, report: Report): void {
  const { place } = item;
  // Reading continues after an error with the default, so that all errors are reported.
  const reasons = new ItemErrors();
  const or = <T>(fallback: T, read: () => T): T => reasons.or(fallback, read);
  const condition = or(undefined, () => traced(item, "condition"));
  const output = or(undefined, () => trimmedOutput(item));
  const rule = {
    name,
    place,
    description: or("", () => item.text("desc")),
    priority: or("Debug", () => readPriority(item)),
    source: or("syscall", () => item.optionalText("source") ?? "syscall"),
    enabled: or(true, () => item.optionalBoolean("enabled") ?? true),
    capture: or(false, () => item.optionalBoolean("capture") ?? false),
    captureDuration: or(0, () => item.optionalCount("capture_duration") ?? 0),
    warnEventTypes: or(true, () => item.optionalBoolean("warn_evttypes") ?? true),
    skipIfUnknownFilter: or(false, () => item.optionalBoolean("skip-if-unknown-filter") ?? false),
    tags: or(new Set<string>(), () => readTags(item)),
    exceptions: or([], () => readExceptions(item, report, false)),
  };
  for (const refusal of reasons.found) report.reject(refusal, name);
  if (condition === undefined || output === undefined) definitions.rejected.rules.add(name);
  else definitions.defineRule({ ...rule, condition, output }, report);
}

function readTags(item: Item): Set<string> {
  return new Set(item.has("tags") ? item.texts("tags") : []);
}

function readPriority(item: Item): Priority {
  const text = item.text("priority");
  const priority = parsePriority(text);
  if (priority === undefined) {
    throw item.error(
      `Unknown priority "${text}": use emergency, alert, critical, error, warning, notice, info or debug.${didYouMean(text, [...priorities, "Info"])}`,
      item.scalar("priority"),
    );
  }
  return priority;
}

/** Applies an override of a key. */
const overridable: Record<string, (change: RuleChange, item: Item, report: Report, append: boolean) => void> = {
  condition: (change, item) => {
    change.condition = traced(item, "condition");
  },
  exceptions: (change, item, report, append) => {
    change.exceptions = readExceptions(item, report, append);
  },
  output: (change, item) => {
    change.output = traced(item, "output");
  },
  desc: (change, item) => {
    change.description = item.text("desc");
  },
  tags: (change, item) => {
    change.tags = readTags(item);
  },
  priority: (change, item) => {
    change.priority = readPriority(item);
  },
  capture: (change, item) => {
    change.capture = item.boolean("capture");
  },
  capture_duration: (change, item) => {
    change.captureDuration = item.count("capture_duration");
  },
  enabled: (change, item) => {
    change.enabled = item.boolean("enabled");
  },
  warn_evttypes: (change, item) => {
    change.warnEventTypes = item.boolean("warn_evttypes");
  },
  "skip-if-unknown-filter": (change, item) => {
    change.skipIfUnknownFilter = item.boolean("skip-if-unknown-filter");
  },
};
const replaceableKeys = new Set(Object.keys(overridable));
const appendableKeys = new Set(["condition", "output", "desc", "tags", "exceptions"]);

function overrideRule(
  item: Item,
  name: string,
  source: string,
  overrides: Overrides,
  definitions: Definitions,
  report: Report,
): void {
  const present = new Set([...replaceableKeys].filter((key) => item.has(key)));
  const change = (keys: ReadonlySet<string>, how: string): RuleChange => {
    const made: RuleChange = { name, source: keys.has("condition") ? source : "", place: item.place };
    for (const [key, take] of Object.entries(overridable)) {
      if (!keys.has(key)) continue;
      if (!present.delete(key))
        throw item.error(`"override" has "${key}: ${how}", but "${key}" is missing`, item.mapping);
      take(made, item, report, how === "append");
    }
    return made;
  };
  if (overrides.append.size > 0) definitions.appendRule(change(overrides.append, "append"));
  if (overrides.replace.size > 0) definitions.replaceInRule(change(overrides.replace, "replace"));
  for (const key of present) {
    throw item.error(
      `"override" does not specify whether to append or replace "${key}"`,
      item.value(key) ?? item.mapping,
    );
  }
}

function readExceptions(item: Item, report: Report, append: boolean): Exception[] {
  const value = item.value("exceptions");
  if (value === undefined || isNull(value)) return [];
  if (value.kind !== "sequence") throw item.error("Exceptions are a sequence", value);
  const exceptions: Exception[] = [];
  const names = new Set<string>();
  const reasons = new ItemErrors();
  for (const node of value.items) {
    const exception = reasons.or(undefined, () =>
      readException(
        inner(item, node, "An exception is a mapping (name: …, fields: …, values: …)"),
        report,
        append,
        item,
      ),
    );
    if (exception === undefined) continue;
    if (names.has(exception.name)) {
      const message = `The rule has more than one exception "${exception.name}"`;
      report.warn("LOAD_EXCEPTION_NAME_NOT_UNIQUE", message, exception.place, ruleName(item));
    }
    names.add(exception.name);
    exceptions.push(exception);
  }
  reasons.check();
  return exceptions;
}

function readException(item: Item, report: Report, append: boolean, rule: Item): Exception {
  const name = item.text("name");
  const fields = readEntry(item, "fields", append);
  const comps = readEntry(item, "comps", true);
  const values = item.value("values");
  if (values === undefined && append) {
    report.warn("LOAD_APPEND_NO_VALUES", `The append to exception "${name}" has no values`, item.place, ruleName(rule));
  }
  if (values !== undefined && values.kind !== "sequence")
    throw item.error("The values of an exception are a sequence", values);
  return {
    name,
    place: item.place,
    fields,
    comps,
    values: (values?.items ?? []).map((node) => ({ entry: checkedEntry(item, node), file: item.file })),
  };
}

function readEntry(item: Item, key: string, optional: boolean): Entry {
  const value = item.value(key);
  if (value !== undefined) return checkedEntry(item, value);
  if (optional) return EMPTY_ENTRY;
  throw item.missing(key);
}

function checkedEntry(item: Item, node: YamlNode): Entry {
  refuseEmpty(item, node);
  return entryOf(node);
}

function refuseEmpty(item: Item, node: YamlNode): void {
  if (node.kind === "scalar" && node.text === "" && !isNull(node)) throw item.error("An empty value", node);
  if (node.kind === "sequence") for (const part of node.items) refuseEmpty(item, part);
}

function traced(item: Item, key: string): MappedText {
  return MappedText.of(item.file, item.scalar(key));
}

/** A rule's output, trimmed. */
function trimmedOutput(item: Item): MappedText {
  const scalar = item.scalar("output");
  const text = scalar.text.replace(/^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/g, "");
  return MappedText.of(item.file, { ...scalar, text });
}
