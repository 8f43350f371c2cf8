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
      "list and test response rules, show the history of actions, pause and resume responses, release suspended targets",
    )
    .argument("[command]", "list, test, history, pause, resume, suspended or release", "list")
    .argument(
      "[alert]",
      "with test: number or ID of an alert in the journal, or a file of alerts in JSON; -: standard input. " +
        "With release: number of a suspended target, or all",
    )
    .option(
      "-r, --rules <path>",
      "response rule file or directory to load instead of the configured ones (repeatable)",
      collect,
    )
    .option("--actions", "with list: list available actions with their parameters and required permissions")
    .option("-n, --limit <n>", "with history: maximum number of entries, newest first; 0: all", "50")
    .option("--since <time>", "with history: only entries since this time, such as 2h, 1d or 2026-07-30T12:00")
    .option(
      "--state <state>",
      "with history: only actions in this state: waiting, asked, done, skipped, failed or unknown",
    )
    .option("--action <name>", "with history: only this action")
    .option("--response <name>", "with history: only this response rule")
    .option("--reason <text>", "with pause and resume: reason, printed by eyas respond list")
    .option("--json", "print one JSON object per line")
    .option("--journal <file>", "journal to use instead of the configured one")
    .option("-c, --config <file>", "configuration file")
    .option("-o, --option <key=value>", "override a configuration key (repeatable)", collect)
    .addHelpText(
      "after",
      `
Commands:
  list       list response rules in order of evaluation, with their actions and limits
  test       print the actions that would run or be skipped for an alert, without running them
  history    print actions that ran, failed or were skipped, newest first
  pause      pause all responses immediately, including responses of a running eyas run
  resume     resume responses; actions skipped while paused are not run later
  suspended  list stopped processes and paused containers, newest first
  release    continue a suspended process, resume a paused container, or release all suspended targets

Examples:
  eyas respond -c /etc/eyas/eyas.yaml
  eyas respond list --actions
  eyas respond test 48211 -r responses.yaml
  eyas respond history --state failed --since 1d
  sudo eyas respond pause --reason 'deploying'
  sudo eyas respond release all
`,
    )
    .action(async (what: string, alert: string | undefined, options: RespondOptions) =>
      (await import("./respond-commands.ts")).respond(what, alert, options),
    );
}
