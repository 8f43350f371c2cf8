import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface ProfileOptions extends SettingsOptions {
  readonly source: string;
  readonly for: string;
  readonly top: string;
}

export function add(program: Command): void {
  withRules(program.command("profile"))
    .description("say what rules cost: by line, rule, macro and type of event")
    .argument("[file]", "a capture: .scap, plain or gzip; of other sources a file of events; without it, this machine")
    .option("--source <name>", "what the events are: syscall, k8s_audit, suricata, firewall, or any name", "syscall")
    .option("--for <time>", "live: how long to watch", "10s")
    .option("--top <n>", "lines of each list", "10")
    .option("--json", "print one JSON object, with everything")
    .addHelpText(
      "after",
      `
Every rule is asked by itself, so what rules have in common is counted for each of them; the engine asks it once.

Examples:
  eyas profile busy.scap.gz -r rules/syscall.yaml
  eyas profile --source k8s_audit audit.log
  sudo eyas profile -r my-rules.yaml --for 1m --top 20
  eyas profile busy.scap.gz --json | jq '.rules[] | select(.share > 0.1) | .name'
`,
    )
    .action(async (file: string | undefined, options: ProfileOptions) =>
      (await import("./profiler.ts")).profileRules(file, options),
    );
}
