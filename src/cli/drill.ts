import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { Failure } from "../agent/failure.ts";
import type { DrillAction } from "../drill/action.ts";
import { DRILL_ACTIONS } from "../drill/actions.ts";
import { checkActions, type DrillVerdict, readAlerts } from "../drill/check.ts";
import { type DrillReport, runDrill } from "../drill/run.ts";
import { openStage } from "../drill/stage.ts";

interface DrillOptions {
  readonly list?: true;
  readonly only?: string[];
  readonly benign?: true;
  readonly check?: string;
  readonly json?: true;
}

/** What a shell reports of a program that a signal ended. */
const EXIT_OF_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export function add(program: Command): void {
  program
    .command("drill")
    .description("do harmless things that look hostile, so that the default rules fire")
    .option("--list", "tell what each action does and why it is harmless; do nothing")
    .option("--only <names...>", "only these actions")
    .option("--benign", "run the benign twins instead: nearly the same, and no rule fires")
    .option(
      "--check <file>",
      "tell which actions the alerts in a file (JSON lines, - for standard input) show; do nothing",
    )
    .option("--json", "print one JSON object a line")
    .addHelpText(
      "after",
      `
Examples:
  sudo eyas run --json > alerts.jsonl &       watch
  sudo eyas drill                             … while this happens
  eyas drill --check alerts.jsonl             was everything seen?
  eyas drill --list --only read-shadow        what would it do?
`,
    )
    .action((options: DrillOptions) => drill(options));
}

async function drill(options: DrillOptions): Promise<void> {
  const actions = options.only === undefined ? DRILL_ACTIONS : options.only.map(actionNamed);
  if (options.list) for (const action of actions) print(options, listed(action), () => describe(action));
  else if (options.check !== undefined) check(actions, options.check, options);
  else await run(actions, options);
}

async function run(actions: readonly DrillAction[], options: DrillOptions): Promise<void> {
  const stage = openStage();
  process.once("exit", stage.end);
  for (const [signal, code] of Object.entries(EXIT_OF_SIGNAL)) process.once(signal, () => process.exit(code));
  let failed = 0;
  for await (const report of runDrill(actions, { stage, benign: options.benign === true })) {
    print(options, reported(report), () => tell(report));
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
    print(options, { ...verdict, fired: verdict.alerts > 0 }, () => judge(verdict));
  }
  if (unexpected > 0) process.exitCode = 1;
}

function actionNamed(name: string): DrillAction {
  const action = DRILL_ACTIONS.find((each) => each.name === name);
  if (action === undefined) throw new Failure(`there is no drill action "${name}"; 'eyas drill --list' names them.`);
  return action;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Failure(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function print(options: DrillOptions, record: object, text: () => string): void {
  process.stdout.write(`${options.json ? JSON.stringify(record) : text()}\n`);
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
    `  does:      ${action.does}`,
    `  fires:     ${action.rule}`,
    `  harmless:  ${action.harmless}`,
    `  clean-up:  ${action.cleanUp}`,
    `  benign:    ${action.twin}`,
    ...(action.needs.length === 0 ? [] : [`  needs:     ${action.needs.join(", ")}`]),
  ].join("\n");
}

function tell({ action, benign, outcome, reason }: DrillReport): string {
  if (outcome !== "done") return `${outcome === "skipped" ? "-" : "!"} ${action.name}: ${outcome}, ${reason}`;
  return benign
    ? `. ${action.name}: ${action.twin}\n    stays silent`
    : `* ${action.name}: ${action.does}\n    fires "${action.rule}"`;
}

function judge({ action, rule, alerts }: DrillVerdict): string {
  return alerts === 0
    ? `silent  ${action}  (${rule})`
    : `fired   ${action}  (${rule}, ${alerts === 1 ? "once" : `${alerts} times`})`;
}
