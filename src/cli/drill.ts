import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import type { DrillAction } from "../drill/action.ts";
import { DRILL_ACTIONS } from "../drill/actions.ts";
import { checkActions, type DrillVerdict, readAlerts } from "../drill/check.ts";
import { type DrillReport, runDrill } from "../drill/run.ts";
import { openStage } from "../drill/stage.ts";
import { print, printJson } from "../telemetry/print.ts";

interface DrillOptions {
  readonly list?: true;
  readonly only?: string[];
  readonly benign?: true;
  readonly check?: string;
  readonly json?: true;
}

/** Exit codes of a program that a signal ended, as shells report them. */
const EXIT_OF_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export function add(program: Command): void {
  program
    .command("drill")
    .description("run harmless actions that trigger the default rules")
    .option("--list", "describe each action and why it is harmless, without running it")
    .option("--only <names...>", "select these actions")
    .option("--benign", "run the benign variants instead, which must not trigger a rule")
    .option(
      "--check <file>",
      "check which actions raised an alert in this file of JSON lines (-: standard input), without running them",
    )
    .option("--json", "print one JSON object per line")
    .addHelpText(
      "after",
      `
Examples:
  sudo eyas run --json > alerts.jsonl &       watch this machine
  sudo eyas drill                             run all actions
  eyas drill --check alerts.jsonl             check that each raised an alert
  eyas drill --list --only read-shadow        describe one action
`,
    )
    .action((options: DrillOptions) => drill(options));
}

async function drill(options: DrillOptions): Promise<void> {
  const actions = options.only === undefined ? DRILL_ACTIONS : options.only.map(actionNamed);
  if (options.list) for (const action of actions) printRecord(options, listed(action), () => describe(action));
  else if (options.check !== undefined) check(actions, options.check, options);
  else await run(actions, options);
}

async function run(actions: readonly DrillAction[], options: DrillOptions): Promise<void> {
  const stage = openStage();
  process.once("exit", stage.end);
  for (const [signal, code] of Object.entries(EXIT_OF_SIGNAL)) process.once(signal, () => process.exit(code));
  let failed = 0;
  for await (const report of runDrill(actions, { stage, benign: options.benign === true })) {
    printRecord(options, reported(report), () => reportText(report));
    if (report.outcome === "failed") failed++;
  }
  stage.end();
  if (failed > 0) process.exitCode = 1;
}

function check(actions: readonly DrillAction[], file: string, options: DrillOptions): void {
  const alerts = readAlerts(textOf(file));
  const expected = options.benign !== true;
  let unexpected = 0;
  for (const verdict of checkActions(actions, alerts)) {
    if (verdict.alerts > 0 !== expected) unexpected++;
    printRecord(options, { ...verdict, fired: verdict.alerts > 0 }, () => verdictText(verdict));
  }
  if (unexpected > 0) process.exitCode = 1;
}

function actionNamed(name: string): DrillAction {
  const action = DRILL_ACTIONS.find((each) => each.name === name);
  if (action === undefined) throw new Failure(`Unknown drill action "${name}"; 'eyas drill --list' lists them.`);
  return action;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Failure(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function printRecord(options: DrillOptions, record: object, text: () => string): void {
  if (options.json) printJson(record);
  else print(`${text()}\n`);
}

function listed({ name, rule, does, harmless, cleanUp, twin, needs }: DrillAction): object {
  return { name, rule, does, harmless, clean_up: cleanUp, twin, needs };
}

function reported({ action, benign, outcome, reason, began, ended }: DrillReport): object {
  const fires = benign ? null : action.rule;
  return { name: action.name, benign, outcome, reason, did: benign ? action.twin : action.does, fires, began, ended };
}

function describe(action: DrillAction): string {
  return [
    action.name,
    `  action:    ${action.does}`,
    `  rule:      ${action.rule}`,
    `  harmless:  ${action.harmless}`,
    `  clean-up:  ${action.cleanUp}`,
    `  benign:    ${action.twin}`,
    ...(action.needs.length === 0 ? [] : [`  requires:  ${action.needs.join(", ")}`]),
  ].join("\n");
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
