import type { Command } from "commander";

export interface RespondOptions {
  readonly config?: string;
  readonly option?: readonly string[];
  readonly journal?: string;
  readonly rules?: readonly string[];
  readonly actions?: true;
  readonly json?: true;
  readonly limit?: string;
  readonly since?: string;
  readonly state?: string;
  readonly action?: string;
  readonly response?: string;
  readonly reason?: string;
}

export function add(program: Command): void {
  const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program
    .command("respond")
    .description(
      "what is done about alerts: the rules, what they would do, what was done, and the switch that stops it all",
    )
    .argument("[what]", "list, test, history, pause or resume", "list")
    .argument(
      "[alert]",
      "with test: an alert's number or id in the journal, a file with alerts in JSON, or - for standard input",
    )
    .option(
      "-r, --rules <path>",
      "a file or folder of response rules in place of the configuration's (repeat for more)",
      collect,
    )
    .option(
      "--actions",
      "with list: the actions that there are, with their parameters and what they need to be allowed",
    )
    .option("-n, --limit <n>", "with history: so many at the most (the newest)", "50")
    .option("--since <time>", "with history: not older than this: 2h, 1d, 2026-07-30T12:00")
    .option("--state <state>", "with history: waiting, asked, done, skipped, failed or unknown")
    .option("--action <name>", "with history: this action alone")
    .option("--response <name>", "with history: this response rule alone")
    .option("--reason <text>", "with pause and resume: why, for those who read it later")
    .option("--json", "one JSON object a line")
    .option("--journal <file>", "another journal than that of the configuration")
    .option("-c, --config <file>", "the configuration that says what is done about alerts, and where the journal is")
    .option("-o, --option <key=value>", "set a key of the configuration (repeat for more)", collect)
    .addHelpText(
      "after",
      `
list     The response rules in their order, with their actions, and whether the switch is on. --actions: everything that can
         be done.
test     What would be done about an alert, and what would hold it back. Nothing is done.
history  What was done, skipped (and why) and failed, the newest first.
pause    Stops all responses at once, also of an eyas run that is running, until they are told to go on.
resume   Lets them go on. What was skipped meanwhile stays so.

Examples:
  eyas respond -c /etc/eyas/eyas.yaml
  eyas respond list --actions
  eyas respond test 48211 -r responses.yaml
  eyas respond history --state failed --since 1d
  sudo eyas respond pause --reason 'deploying'
`,
    )
    .action(async (what: string, alert: string | undefined, options: RespondOptions) =>
      (await import("./respond-commands.ts")).respond(what, alert, options),
    );
}
