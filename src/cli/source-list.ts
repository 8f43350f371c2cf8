import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface SourceListOptions extends SettingsOptions {
  readonly json?: true;
}

export function add(program: Command): void {
  withRules(program.command("sources"))
    .description("where events beside the kernel's come from, and how they come")
    .option("--json", "one JSON object a line")
    .addHelpText(
      "after",
      `
Each way in of the sources that the configuration switches on. What came by it is asked of the eyas run that serves on
webserver.listen_address: webserver.enabled has to be set for that.

Examples:
  eyas sources -c /etc/eyas/eyas.yaml
  eyas sources -c /etc/eyas/eyas.yaml --json | jq 'select(.up == false)'
`,
    )
    .action(async (options: SourceListOptions) => (await import("./source-lister.ts")).listSources(options));
}
