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
    .description("query past alerts: list, search, count, follow, export")
    .argument("[query...]", "query that selects alerts; default: all alerts")
    .option("-n, --limit <n>", "maximum number of alerts, newest first; 0: all")
    .option("-f, --follow", "print new alerts as they are raised")
    .option("--show <alert>", "show all details of an alert, by number in the list, ID or ID prefix")
    .option(
      "--count <by>",
      "count alerts by rule, priority, source, host, ns, pod, container, tag, day, hour or a field",
    )
    .option("--json", "print one JSON object per line; all matching alerts unless --limit is set")
    .option("--csv", "print CSV; all matching alerts unless --limit is set")
    .option("--journal <file>", "journal to use instead of the configured one")
    .option("-c, --config <file>", "configuration file")
    .addHelpText(
      "after",
      `
Query language, the same as in the API and the web UI (docs/queries.md):
  word "two words" shad*     words in the rule name, the message or a value; a final * matches any ending
  rule=NAME                  also source, host, tag, ns, pod, container, app, space, task, proc, user, pid, file, ip …
  FIELD=VALUE                any field of alerts: proc.cmdline=…, fd.sport=443 (see eyas fields)
  = != ~ !~ > >= < <=        equal, not equal, contains, does not contain; order of numbers and priorities
  contains startswith in (a, b) regex exists …   operators of the rule language
  ns=prod,staging            any of these values; quote values with commas or spaces: "…"
  priority>=warning          warning and more severe alerts
  since 2h  until 30m        s, m, h, d, w ago; today, yesterday, 2026-07-30, 2026-07-30T12:34:56[.789][Z]
  … and …  … or …  not …  (…)   "and" is optional

Examples:
  eyas alerts                                           the newest alerts
  eyas alerts 'priority>=warning' since 2h ns=prod
  eyas alerts 'rule=Terminal shell in container' shadow not user=root
  eyas alerts --show 48211                              one alert with field descriptions
  eyas alerts --count rule since 1d                     number of alerts by rule
  eyas alerts -f 'priority>=error'
  eyas alerts since 7d --csv > week.csv
`,
    )
    .action(async (query: readonly string[], options: AlertsOptions) =>
      (await import("./alert-list.ts")).listAlerts(query, options),
    );
}
