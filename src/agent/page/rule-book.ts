import type { RuleBook, RuleFacts } from "../../api/sensor.ts";
import type { Config } from "../../config/load.ts";
import type { Entry } from "../../rule/exception.ts";
import type { Location } from "../../rule/location.ts";
import { selectRules } from "../../rule/select.ts";
import { userNamedSources } from "../documents/settings.ts";
import type { ReadyRules } from "../load/ready-rules.ts";

/** All rules as the web page shows them, and the files that they are from. */
export function ruleBook({ loaded }: ReadyRules, config: Config): RuleBook {
  const on = new Set(selectRules(loaded.rules, config.rules));
  const { definitions } = loaded;
  return {
    rules: loaded.rules.map((rule): RuleFacts => {
      const { name, source, priority, tags, description, definition, output } = rule;
      const { place } = definition;
      return {
        name,
        source,
        priority,
        tags: [...tags],
        enabled: on.has(rule),
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
    files: definitions.files.map(({ name, text }) => ({ name, text })),
    added: {
      statics: config.static_fields,
      sources: userNamedSources(config),
      switched: Object.fromEntries(
        loaded.rules.filter((rule) => rule.enabled !== on.has(rule)).map((rule) => [rule.name, on.has(rule)]),
      ),
    },
  };
}

/** The item of a rule file that something is defined in: from its dash to the next one. */
function itemAt({ file, offset }: Location): string {
  const { text } = file;
  const from = text.lastIndexOf("\n-", offset) + 1;
  const next = text.indexOf("\n-", offset);
  const item = text.slice(from, next < 0 ? text.length : next + 1);
  return item.replace(/(?:^[ \t]*(?:#.*)?\n)+$/m, "").trimEnd();
}

function textsOf(entry: Entry): readonly string[] {
  return entry.list ? entry.items.flatMap(textsOf) : entry.text === "" ? [] : [entry.text];
}
