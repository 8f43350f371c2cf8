import type { Command } from "commander";
import { sourceNames } from "../source/sources.ts";
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
    .description("explain why a rule did or did not match an event, one sub-condition at a time")
    .argument("[file]", "capture (.scap, plain or gzip), or with --source a file of events")
    .option("--source <name>", `event source: ${sourceNames.join(", ")}, or a custom name`, "syscall")
    .option("-e, --event <event>", "event in the capture, by number (evt.num) or by the time in an alert")
    .option("--rule <name>", "rule to explain (default: matching rules and the closest other rules)")
    .option("--live", "explain the next event on this machine of a type that the rule evaluates")
    .option(
      "--nearest",
      "explain the event that matches the rule or is closest to a match (default for a capture without --event)",
    )
    .option("--proc <name>", "consider only events of processes with this name")
    .option("--for <duration>", "with --live: time limit", "30s")
    .option("--macros", "expand all macros and exceptions, not only those that decided the result")
    .option("--top <n>", "number of closest rules to print", "3")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
✓ true, ✗ false, · not evaluated because an earlier sub-condition decided the result.

Examples:
  eyas replay attack.scap.gz --json | jq -r '.time + " " + .rule'
  eyas explain attack.scap.gz --event 2026-07-30T23:26:49.181788491Z
  eyas explain attack.scap.gz --event 48211                       all matching rules and the closest other rules
  eyas explain attack.scap.gz --event 48211 --rule "Data destruction tool started" --macros
  eyas explain attack.scap.gz --rule "Data destruction tool started"     the event that comes closest to the rule
  eyas explain --source k8s_audit audit.log --event 12
  sudo eyas explain --live --rule "Shell spawned by server process" --proc bash --for 2m
`,
    )
    .action(async (file: string | undefined, options: ExplainOptions) =>
      (await import("./explainer.ts")).explainEvent(file, options),
    );
}
