import { didYouMean } from "../condition/did-you-mean.ts";
import { ItemError, ItemErrors, type Report } from "./diagnostic.ts";
import type { Item } from "./item.ts";
import { locationOf } from "./location.ts";
import { MappedText } from "./mapped-text.ts";
import type { YamlEntry } from "./yaml.ts";

export function ruleName(item: Item): string | undefined {
  const name = item.value("rule");
  return name?.kind === "scalar" ? name.text : undefined;
}

/** Reads the deprecated key `append`. */
export function readAppend(item: Item, report: Report): boolean {
  const append = item.optionalBoolean("append") ?? false;
  if (append) {
    const message = '"append: true" is deprecated: list the keys to append under "override" (condition: append)';
    report.warn("LOAD_DEPRECATED_ITEM", message, item.locationAt("append"), ruleName(item));
  }
  return append;
}

/** Reads `override` of lists and macros, which have one key to override. @returns true for an append */
export function readOverride(item: Item, key: string): boolean {
  const only = new Set([key]);
  const { append, replace } = readOverrides(item, only, only);
  if (item.optionalBoolean("append") && append.size + replace.size > 0) throw twoForms(item);
  return append.has(key);
}

export function twoForms(item: Item): ItemError {
  return item.error('"append: true" and "override" cannot be combined: use only "override"', item.mapping);
}

export interface Overrides {
  readonly append: ReadonlySet<string>;
  readonly replace: ReadonlySet<string>;
}

export function readOverrides(
  item: Item,
  appendable: ReadonlySet<string>,
  replaceable: ReadonlySet<string>,
): Overrides {
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
      if (!appendable.has(key)) throw item.error(`"${key}" cannot be appended to.${question}`, entry.key);
      append.add(key);
    } else if (operation === "replace") {
      const question = didYouMean(key, replaceable);
      if (!replaceable.has(key)) throw item.error(`"${key}" cannot be replaced.${question}`, entry.key);
      replace.add(key);
    } else {
      const question = didYouMean(operation, ["append", "replace"]);
      const message = `"${key}" can be overridden with append or replace, not "${operation}".${question}`;
      throw item.error(message, entry.value);
    }
  }
}

export function traced(item: Item, key: string): MappedText {
  return MappedText.of(item.file, item.scalar(key));
}
