import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { Failure } from "../agent/failure.ts";
import type { DrillAction } from "../drill/action.ts";
import { DRILL_ACTIONS } from "../drill/actions.ts";
import { checkActions, type DrillVerdict, readAlerts } from "../drill/check.ts";
import { type DrillReport, runDrill } from "../drill/run.ts";
import { type EventEndpoint, openStage } from "../drill/stage.ts";
import { SYSCALL } from "../field/sources.ts";
import { print, printError, printJson } from "../telemetry/print.ts";
import { openEndpoint } from "./drill-endpoint.ts";
import {
  describeActions,
  GROUPS,
  type Group,
  listActions,
  listedAction,
  type RuleFacts,
  ruleFacts,
} from "./drill-list.ts";
import { selectActions } from "./drill-select.ts";

interface DrillOptions {
  readonly list?: true;
  readonly by: Group;
  readonly describe?: true;
  readonly only?: string[];
  readonly source?: string;
  readonly to?: string;
  readonly tokenFile?: string;
  readonly benign?: true;
  readonly check?: string;
  readonly json?: true;
}

/** Exit codes after a signal stopped the program. Shells use the same codes. */
const EXIT_OF_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const STDOUT = "-";

export function add(program: Command): void {
  program
    .command("drill")
    .description("run harmless actions that trigger the default rules")
    .option("--list", "list the actions with ATT&CK technique, maturity and rule, without running them")
    .addOption(new Option("--by <column>", "with --list: group by").choices(GROUPS).default("source"))
    .option("--describe", "describe what each action does and why it is harmless, without running it")
    .option("--only <names...>", "select by action, rule or ATT&CK technique (T1552 includes T1552.004)")
    .option("--source <name>", `select the rules of this event source (default: "${SYSCALL}"; all with --list)`)
    .option(
      "--to <address>",
      "address from which the agent reads events: http://…, unix:/path, a file; - for standard output",
    )
    .option("--token-file <file>", "bearer token for an HTTP or HTTPS URL")
    .option("--benign", "run the benign variants instead, which must not trigger a rule")
    .option("--check <file>", "check which actions raised an alert in this file of JSON lines (-: standard input)")
    .option("--json", "print one JSON object per line")
    .addHelpText(
      "after",
      `
Actions for system calls are processes on this machine. Actions for file_integrity create and remove files called
eyas-drill-… in watched directories. Actions for other sources send events that name eyas-drill as their client,
sensor or device; the events change nothing and are sent only to the address in --to.

Examples:
  sudo eyas run --json > alerts.jsonl &            watch this machine
  sudo eyas drill                                  run all actions for system calls
  eyas drill --check alerts.jsonl                  check that each action raised an alert
  eyas drill --list --by technique                 list actions by ATT&CK technique
  sudo eyas drill --only T1611 "Log file truncated"
  eyas drill --describe --only read-shadow
  eyas drill --source k8s_audit --to http://127.0.0.1:9765/k8s-audit
  eyas drill --source suricata --check alerts.jsonl
`,
    )
    .action((options: DrillOptions) => drill(options));
}

async function drill(options: DrillOptions): Promise<void> {
  const facts = await ruleFacts();
  const isShown = options.list === true || options.describe === true;
  const actions = selectActions(DRILL_ACTIONS, options, { facts, everySource: isShown });
  if (isShown) show(actions, facts, options);
  else if (options.check !== undefined) check(actions, options.check, options);
  else await run(actions, options);
}

function show(actions: readonly DrillAction[], facts: RuleFacts, options: DrillOptions): void {
  if (options.json) for (const action of actions) printJson(listedAction(action, facts));
  else print(options.describe ? describeActions(actions, facts) : listActions(actions, facts, options.by));
}

async function run(actions: readonly DrillAction[], options: DrillOptions): Promise<void> {
  const stage = openStage(endpointOf(actions, options));
  process.once("exit", stage.end);
  for (const [signal, code] of Object.entries(EXIT_OF_SIGNAL)) process.once(signal, () => process.exit(code));
  let failed = 0;
  for await (const report of runDrill(actions, { stage, benign: options.benign === true })) {
    // If events are written to standard output, reports go to standard error.
    if (options.to === STDOUT) printError(`${reportText(report)}\n`);
    else printRecord(options, reported(report), () => reportText(report));
    if (report.outcome === "failed") failed++;
  }
  stage.end();
  if (failed > 0) process.exitCode = 1;
}

function endpointOf(actions: readonly DrillAction[], { to, tokenFile }: DrillOptions): EventEndpoint | undefined {
  const source = actions.find(({ needs }) => needs.includes("endpoint"))?.source;
  if (to !== undefined && source === undefined) {
    throw new Failure(`--to requires a source that receives events; add --source, for example --source k8s_audit.`);
  }
  if (to === undefined && source !== undefined) {
    throw new Failure(
      `The drill for ${source} requires --to ADDRESS: an address in sources.${source}.from of the agent's configuration ` +
        "(http://…, unix:/path or a file), or - for standard output.",
    );
  }
  return to === undefined ? undefined : openEndpoint(to, tokenFile);
}

function check(actions: readonly DrillAction[], file: string, options: DrillOptions): void {
  const alerts = readAlerts(textOf(file));
  const expected = options.benign !== true;
  const verdicts = checkActions(actions, alerts);
  for (const verdict of verdicts) {
    printRecord(options, { ...verdict, fired: verdict.alerts > 0 }, () => verdictText(verdict));
  }
  const unexpected = verdicts.filter((verdict) => verdict.alerts > 0 !== expected).length;
  if (unexpected > 0) process.exitCode = 1;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === STDOUT ? 0 : file, "utf8");
  } catch (error) {
    throw new Failure(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function printRecord(options: DrillOptions, record: object, text: () => string): void {
  if (options.json) printJson(record);
  else print(`${text()}\n`);
}

function reported({ action, benign, outcome, reason, began, ended }: DrillReport): object {
  const fires = benign ? null : action.rule;
  return { name: action.name, benign, outcome, reason, did: benign ? action.twin : action.does, fires, began, ended };
}

function reportText({ action, benign, outcome, reason }: DrillReport): string {
  if (outcome !== "done") return `${outcome === "skipped" ? "-" : "!"} ${action.name}: ${outcome}, ${reason}`;
  return benign
    ? `. ${action.name}: ${action.twin}\n    expected: no alert`
    : `* ${action.name}: ${action.does}\n    expected: "${action.rule}"`;
}

function verdictText({ action, rule, alerts }: DrillVerdict): string {
  return alerts === 0
    ? `no alert  ${action}  (${rule})`
    : `alert     ${action}  (${rule}, ${alerts === 1 ? "once" : `${alerts} times`})`;
}
