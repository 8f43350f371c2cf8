import type { LoadedRule, LoadedRules } from "../../api/agent-view.ts";
import type { Config } from "../../config/load.ts";
import type { Entry } from "../../rule/exception.ts";
import type { Location } from "../../rule/location.ts";
import type { LoadedRule as CompiledLoadedRule } from "../../rule/ruleset.ts";
import { userNamedSources } from "../documents/settings.ts";
import type { ReadyRules } from "../load/ready-rules.ts";

/** Returns all rules and their files, for the web UI. */
export function ruleBook({ loaded, selected, results, gaps, leftOut }: ReadyRules, config: Config): LoadedRules {
  const [on, inShadow] = [new Set(selected.enabled), new Set(selected.shadow)];
  const isEvaluated = (rule: CompiledLoadedRule): boolean => on.has(rule) || inShadow.has(rule);
  const { definitions } = loaded;
  return {
    rules: loaded.rules.map((rule): LoadedRule => {
      const { name, source, priority, tags, description, definition, output } = rule;
      const { place } = definition;
      return {
        name,
        source,
        priority,
        tags: [...tags],
        enabled: on.has(rule),
        shadow: inShadow.has(rule),
        file: place.file.name,
        line: place.position().line,
        description: description.replace(/\s+/g, " ").trim(),
        yaml: itemAt(place),
        condition: definition.condition.text.trim(),
        output,
        exceptions: definition.exceptions.map(({ name, fields, comps }) => ({
          name,
          fields: textsOf(fields),
          comps: textsOf(comps),
        })),
      };
    }),
    warnings: [...results.flatMap(({ warnings }) => warnings), ...gaps].map(
      ({ file, line, column, rule = null, code, message }) => ({ file, line, column, rule, code, message }),
    ),
    leftOut: leftOut.map(({ file, rules, sentence }) => ({ file, rules, message: `${sentence}.` })),
    files: definitions.files.map(({ name, text, skips }) => ({ name, text, ...(skips && { skips }) })),
    added: {
      statics: config.static_fields,
      sources: userNamedSources(config),
      switched: Object.fromEntries(
        loaded.rules.filter((rule) => rule.enabled !== isEvaluated(rule)).map((rule) => [rule.name, isEvaluated(rule)]),
      ),
    },
  };
}

/** Maximum number of characters of a rule file item to show before and after its position. */
const SHOWN_BEFORE = 200;
const SHOWN = 64 << 10;

/** The text of the rule file item at a position, from the item's dash up to the next item. */
function itemAt({ file, offset }: Location): string {
  const first = Math.max(0, offset - SHOWN_BEFORE);
  const text = file.text.slice(first, offset + SHOWN);
  const from = text.lastIndexOf("\n-", offset - first) + 1;
  const next = text.indexOf("\n-", offset - first);
  const lines = text.slice(from, next < 0 ? text.length : next + 1).split("\n");
  // Removes blank lines and comments before the next item.
  while (lines.length > 1 && /^[ \t]*(?:#.*)?$/.test(lines.at(-1) ?? "")) lines.pop();
  return lines.join("\n").trimEnd();
}

function textsOf(entry: Entry): readonly string[] {
  return entry.list ? entry.items.flatMap(textsOf) : entry.text === "" ? [] : [entry.text];
}
