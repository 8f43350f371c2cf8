import type { LoadedRule, LoadedRules } from "../../api/agent-view.ts";
import type { Config } from "../../config/load.ts";
import type { Entry } from "../../rule/exception.ts";
import type { Location } from "../../rule/location.ts";
import { selectRules } from "../../rule/select.ts";
import { userNamedSources } from "../documents/settings.ts";
import type { ReadyRules } from "../load/ready-rules.ts";

/** All rules and their files, for the web page. */
export function ruleBook({ loaded }: ReadyRules, config: Config): LoadedRules {
  const on = new Set(selectRules(loaded.rules, config.rules));
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

/** The item of a rule file at a position, from its dash to the next one. */
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
