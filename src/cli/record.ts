import type { Command } from "commander";
import { type SettingsOptions, withRules } from "./settings.ts";

export interface RecordOptions extends SettingsOptions {
  readonly write: string;
  readonly duration?: string;
  readonly maxSize?: string;
  readonly all?: true;
}

export function add(program: Command): void {
  withRules(program.command("record"))
    .description("write events to a capture, which eyas replay, Falco and Stratoshark read")
    .argument("[file]", "a capture to copy from; without it, this machine")
    .requiredOption("-w, --write <file>", "the capture to write: .scap, or .scap.gz to compress it")
    .option("-M, --duration <seconds>", "stop after this time")
    .option("--max-size <MB>", "stop when so many megabytes of events are written (before compression)")
    .option("--all", "every system call, not only those that the rules and the state need")
    .addHelpText(
      "after",
      `
Examples:
  sudo eyas record -w now.scap.gz -M 60       a minute of this machine
  eyas replay now.scap.gz                     … and what the rules say of it
  eyas record old.scap -w new.scap.gz         an old capture in today's form
`,
    )
    .action(async (file: string | undefined, options: RecordOptions) =>
      (await import("./recorder.ts")).record(file, options),
    );
}
