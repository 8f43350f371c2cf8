import type { Command } from "commander";
import { sourceNames } from "../source/sources.ts";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface ProfileOptions extends SettingsOptions {
  readonly source: string;
  readonly for: string;
  readonly top: string;
}

export function add(program: Command): void {
  withRules(program.command("profile"))
    .description("measure the cost of rules by line, rule, macro and event type")
    .argument("[file]", "capture (.scap, plain or gzip), or with --source a file of events; default: this machine")
    .option("--source <name>", `event source: ${sourceNames.join(", ")}, or a custom name`, "syscall")
    .option("--for <duration>", "without a file: how long to watch this machine", "10s")
    .option("--top <n>", "rows per table", "10")
    .option("--json", "print the complete profile as one JSON object")
    .addHelpText(
      "after",
      `
Rules are measured one by one: a test that several rules share counts for each rule, but the engine runs it only once.

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
