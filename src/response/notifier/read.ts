import { didYouMean } from "../../condition/did-you-mean.ts";
import type { Report } from "../../rule/diagnostic.ts";
import type { Item } from "../../rule/item.ts";
import { isNull } from "../../rule/yaml.ts";
import { notifierNames } from "./list.ts";

/**
 * Reads the notifiers of a rule; empty if it names none. Reports unknown notifiers as errors, but as warnings in Talon
 * rules, because Talon ignores them.
 * @throws ItemError
 */
export function readNotifiers(item: Item, report: Report, rule: string, isLenient = false): readonly string[] {
  const value = item.value("notifiers");
  if (value === undefined || isNull(value)) return [];
  return item.texts("notifiers").flatMap((text) => {
    const name = text.toLowerCase();
    if (notifierNames.includes(name)) return [name];
    const message = `Unknown notifier "${text}": use ${notifierNames.join(", ")}.${didYouMean(name, notifierNames)}`;
    if (isLenient) report.warn("LOAD_WARNING_EXTENSION", message, item.locationAt("notifiers"), rule);
    else report.error("LOAD_ERR_VALIDATE", message, item.locationAt("notifiers"), rule);
    return [];
  });
}

/** Combines the notifiers of a rule with those of all rules. */
export function withDefaults(notifiers: readonly string[], defaults: readonly string[] = []): readonly string[] {
  return [...new Set([...defaults, ...notifiers])];
}
