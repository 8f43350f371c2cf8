import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface HealthOptions extends SettingsOptions {
  readonly json?: true;
}

export function add(program: Command): void {
  withRules(program.command("health"))
    .description("print the health of the running agent and of its components")
    .option("--json", "print the agent's response as JSON")
    .addHelpText(
      "after",
      `
Queries the eyas run process on webserver.listen_address, which requires webserver.enabled. The exit code is 0 if the
agent works (ok or degraded), 1 if a critical component has failed or no agent responds.

Examples:
  eyas health -c /etc/eyas/eyas.yaml
  eyas health --json | jq -r .components.disk.reason
`,
    )
    .action(async (options: HealthOptions) => (await import("./health-check.ts")).checkHealth(options));
}
