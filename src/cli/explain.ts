import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface ExplainOptions extends SettingsOptions {
  readonly source: string;
  readonly event?: string;
  readonly rule?: string;
  readonly live?: true;
  readonly proc?: string;
  readonly for: string;
  readonly nearest?: true;
  readonly macros?: true;
  readonly top: string;
}

export function add(program: Command): void {
  withRules(program.command("explain"))
    .description("say why a rule fired on an event, or why not: its condition, part by part")
    .argument("[file]", "a capture: .scap, plain or gzip; of other sources a file of events")
    .option("--source <name>", "what the events are: syscall, k8s_audit, suricata, firewall, or any name", "syscall")
    .option("-e, --event <which>", "the event in the capture: its number (evt.num), or the time that an alert states")
    .option("--rule <name>", "the rule; without it, those that fired and those that came nearest")
    .option("--live", "the next event on this machine that the rule is asked about")
    .option(
      "--nearest",
      "of all events, the one at which the rule fires or comes nearest (in a capture without --event always)",
    )
    .option("--proc <name>", "only of processes with this name")
    .option("--for <time>", "live: wait so long at the most", "30s")
    .option("--macros", "open all macros and exceptions, not only those in which it was decided")
    .option("--top <n>", "how many rules that came near to tell of", "3")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
✓ holds, ✗ does not, · was not asked, since what stands before it had decided.

Examples:
  eyas replay attack.scap.gz --json | jq -r '.time + " " + .rule'
  eyas explain attack.scap.gz --event 2026-07-30T23:26:49.181788491Z
  eyas explain attack.scap.gz --event 48211                       which rules fired, and which nearly did
  eyas explain attack.scap.gz --event 48211 --rule "Data destruction tool started" --macros
  eyas explain attack.scap.gz --rule "Data destruction tool started"     why did it never fire here?
  eyas explain --source k8s_audit audit.log --event 12
  sudo eyas explain --live --rule "Shell spawned by server process" --proc bash --for 2m
`,
    )
    .action(async (file: string | undefined, options: ExplainOptions) =>
      (await import("./explainer.ts")).explainEvent(file, options),
    );
}
