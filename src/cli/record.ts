import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface RecordOptions extends SettingsOptions {
  readonly write: string;
  readonly duration?: string;
  readonly maxSize?: string;
  readonly all?: true;
  readonly pod?: string;
}

export function add(program: Command): void {
  withRules(program.command("record"))
    .description("record events to a capture that eyas replay, Falco and Stratoshark can read")
    .argument("[file]", "capture to copy; without it, events of this machine are recorded")
    .requiredOption("-w, --write <file>", "capture to write: .scap, or .scap.gz for compression")
    .option("-M, --duration <seconds>", "stop after this many seconds")
    .option("--max-size <MB>", "stop after this many megabytes of events (before compression)")
    .option("--all", "record every system call, not only those that rules and machine state need")
    .option("--pod <uid>", "record only events of containers in the pod with this UID")
    .addHelpText(
      "after",
      `
Examples:
  sudo eyas record -w now.scap.gz -M 60       record this machine for a minute
  eyas replay now.scap.gz                     evaluate the recording against the default rules
  eyas record old.scap -w new.scap.gz         convert an old capture to the current format
`,
    )
    .action(async (file: string | undefined, options: RecordOptions) =>
      (await import("./recorder.ts")).record(file, options),
    );
}
