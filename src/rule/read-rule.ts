import { didYouMean } from "../condition/did-you-mean.ts";
import type { Definitions, RuleChange } from "./definitions.ts";
import { ItemErrors, type Report } from "./diagnostic.ts";
import { EMPTY_ENTRY, type Entry, type Exception, entryOf } from "./exception.ts";
import type { Item } from "./item.ts";
import { MappedText } from "./mapped-text.ts";
import { type Overrides, readAppend, readOverrides, ruleName, traced, twoForms } from "./read-override.ts";
import { type Priority, parsePriority, priorities } from "./rule.ts";
import { isNull, type YamlNode } from "./yaml.ts";

export function readRule(item: Item, definitions: Definitions, report: Report): void {
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
  // After an error, reading continues with the default, so that all errors are reported.
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
  for (const problem of reasons.found) report.reject(problem, name);
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

/** Functions that apply an override, by key. */
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
  if (value.kind !== "sequence") throw item.error("Exceptions must be a sequence", value);
  const exceptions: Exception[] = [];
  const names = new Set<string>();
  const reasons = new ItemErrors();
  for (const node of value.items) {
    const exception = reasons.or(undefined, () =>
      readException(
        item.inner(node, "An exception must be a mapping (name: …, fields: …, values: …)"),
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
    report.warn("LOAD_APPEND_NO_VALUES", `No values to append to exception "${name}"`, item.place, ruleName(rule));
  }
  if (values !== undefined && values.kind !== "sequence")
    throw item.error("The values of an exception must be a sequence", values);
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
  if (node.kind === "scalar" && node.text === "" && !isNull(node)) throw item.error("The value is empty", node);
  if (node.kind === "sequence") for (const part of node.items) refuseEmpty(item, part);
}

/** A rule's output, trimmed. */
function trimmedOutput(item: Item): MappedText {
  const scalar = item.scalar("output");
  const text = scalar.text.replace(/^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/g, "");
  return MappedText.of(item.file, { ...scalar, text });
}
