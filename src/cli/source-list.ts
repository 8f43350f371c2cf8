import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface SourceListOptions extends SettingsOptions {
  readonly json?: true;
}

export function add(program: Command): void {
  withRules(program.command("sources"))
    .description("list the configured event sources and the state of each origin")
    .option("--json", "print one JSON object per line")
    .addHelpText(
      "after",
      `
Lists the origins of enabled sources other than the kernel. State and counters come from the eyas run process on
webserver.listen_address, which requires webserver.enabled.

Examples:
  eyas sources -c /etc/eyas/eyas.yaml
  eyas sources -c /etc/eyas/eyas.yaml --json | jq 'select(.up == false)'
`,
    )
    .action(async (options: SourceListOptions) => (await import("./source-lister.ts")).listSources(options));
}
