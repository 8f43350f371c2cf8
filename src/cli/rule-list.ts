import type { Command } from "commander";
import { type CatalogueOptions, withCatalogueOptions } from "./catalogue.ts";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface RuleListOptions extends SettingsOptions, CatalogueOptions {
  readonly describe?: string;
  readonly mitre?: true;
}

export function add(program: Command): void {
  withCatalogueOptions(withRules(program.command("rules")))
    .description("list rules, say what one needs, show what of MITRE ATT&CK they cover")
    .option("-d, --describe <rule>", "one rule: its texts, and the events, fields, macros and lists that it needs")
    .option("--mitre", "the tactics and techniques that the tags of the rules name")
    .addHelpText(
      "after",
      `
JSON has the keys of Falco's -L and -l.

Examples:
  eyas rules container                                  those that have the word in what is listed
  eyas rules --describe "Shell spawned by server process"
  eyas rules -r my-rules.yaml --format json | jq '.rules[].details.condition_fields'
  eyas rules --mitre --format markdown
`,
    )
    .action(async (words: readonly string[], options: RuleListOptions) =>
      (await import("./rule-lister.ts")).listRules(words, options),
    );
}
