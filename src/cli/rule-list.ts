import type { Command } from "commander";
import type { CatalogueOptions } from "../workbench/inventory/catalogue.ts";
import { withCatalogueOptions } from "./catalogue.ts";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface RuleListOptions extends SettingsOptions, CatalogueOptions {
  readonly describe?: string;
  readonly mitre?: true;
}

export function add(program: Command): void {
  withCatalogueOptions(withRules(program.command("rules")))
    .description("list rules, describe a rule, or show MITRE ATT&CK coverage")
    .option("-d, --describe <rule>", "describe a rule with the events, fields, macros and lists that it uses")
    .option("--mitre", "list the MITRE ATT&CK tactics and techniques in the tags of enabled rules")
    .addHelpText(
      "after",
      `
--format json prints the keys of Falco's -L and -l.

Examples:
  eyas rules container                                  rules that contain the word in a listed column
  eyas rules --describe "Shell spawned by server process"
  eyas rules -r my-rules.yaml --format json | jq '.rules[].details.condition_fields'
  eyas rules --mitre --format markdown
`,
    )
    .action(async (words: readonly string[], options: RuleListOptions) =>
      (await import("./rule-lister.ts")).listRules(words, options),
    );
}
