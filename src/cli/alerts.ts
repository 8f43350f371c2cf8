import type { Command } from "commander";

export interface AlertsOptions {
  readonly config?: string;
  readonly journal?: string;
  readonly limit?: string;
  readonly follow?: true;
  readonly show?: string;
  readonly count?: string;
  readonly json?: true;
  readonly csv?: true;
}

export function add(program: Command): void {
  program
    .command("alerts")
    .description("look at the alerts of the past: list, search, count, follow, export")
    .argument("[query...]", "which alerts to list; without a query, all alerts")
    .option("-n, --limit <n>", "list so many at the most (the newest); 0: all")
    .option("-f, --follow", "go on with new alerts as they come")
    .option("--show <alert>", "everything about one alert: its number in the list, or its id or the beginning of it")
    .option(
      "--count <by>",
      "how many there are by rule, priority, source, host, ns, pod, container, tag, day, hour or a field",
    )
    .option("--json", "one JSON object a line; all alerts that match unless there is a limit")
    .option("--csv", "a table for spreadsheets; all alerts that match unless there is a limit")
    .option("--journal <file>", "another journal than that of the configuration")
    .option("-c, --config <file>", "the configuration that says where the journal is")
    .addHelpText(
      "after",
      `
The query, as in the API and on the page (docs/queries.md):
  word "two words" shad*     words of the rule, the message or a value; * at the end: words that begin like this
  rule=NAME                  also source, host, tag, ns, pod, container, app, space, task, proc, user, pid, file, ip …
  FIELD=VALUE                any field that alerts have: proc.cmdline=…, fd.sport=443 (eyas fields)
  = != ~ !~ > >= < <=        equal, not equal, contains, does not contain, and an order of numbers and priorities
  contains startswith in (a, b) regex exists …   operators of the rule language
  ns=prod,staging            any of several values; "…" around a value with commas or spaces
  priority>=warning          warning and everything more severe
  since 2h  until 30m        s, m, h, d, w ago; today, yesterday, 2026-07-30, 2026-07-30T12:34:56[.789][Z]
  … and …  … or …  not …  (…)   conditions that all hold need no "and"

Examples:
  eyas alerts                                           the newest alerts
  eyas alerts 'priority>=warning' since 2h ns=prod
  eyas alerts 'rule=Terminal shell in container' shadow not user=root
  eyas alerts --show 48211                              one alert with what each of its fields means
  eyas alerts --count rule since 1d                     which rules fired, and how often
  eyas alerts -f 'priority>=error'
  eyas alerts since 7d --csv > week.csv
`,
    )
    .action(async (query: readonly string[], options: AlertsOptions) =>
      (await import("./alert-list.ts")).listAlerts(query, options),
    );
}
