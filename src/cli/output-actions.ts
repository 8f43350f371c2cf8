import { shownLine } from "../agent/delivery/color.ts";
import { journalFile } from "../agent/delivery/journal.ts";
import { Failure } from "../agent/failure.ts";
import { alertOptions } from "../agent/load/ready-rules.ts";
import type { Config } from "../config/load.ts";
import { amend } from "../journal/amendment.ts";
import { timeOfIdText } from "../journal/id-time.ts";
import { writerOf } from "../journal/lock.ts";
import { noDeliveries } from "../journal/output-status.ts";
import { openReader, type Reader } from "../journal/read.ts";
import { openDirectly } from "../output/direct/open.ts";
import { type ResendOutcome, resendDeadLetters } from "../output/direct/resend.ts";
import { sendTestAlert } from "../output/direct/test-alert.ts";
import type { Output } from "../output/output.ts";
import { openOutputs } from "../output/outputs.ts";
import { type OutputState, outputState } from "../output/state.ts";
import { count, logLines } from "../telemetry/log-lines.ts";
import { print, printError, printJson, printJsonText } from "../telemetry/print.ts";
import { explained, reportDamage } from "./alert-list.ts";
import { printTemplates } from "./output-templates.ts";
import { deadJson, deadText, type OutputView, outputJson, outputTable } from "./output-text.ts";
import type { OutputsOptions } from "./outputs.ts";
import { readSettings } from "./settings.ts";

/** The configuration, journal and options of a subcommand. */
interface Request {
  readonly config: Config;
  readonly file: string;
  readonly options: OutputsOptions;
}

type Action = (name: string | undefined, request: Request) => Promise<void>;

const actions: Readonly<Record<string, Action>> = { list, test: sendTest, dead, retry, skip, template };

/** `eyas outputs`: runs a subcommand. */
export async function actOnOutputs(action: string, name: string | undefined, options: OutputsOptions): Promise<void> {
  const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (act === undefined) throw new Failure(`Unknown action "${action}": expected ${Object.keys(actions).join(", ")}.`);
  const { config } = await readSettings(options);
  const file = options.journal ?? journalFile(config.journal);
  try {
    await act(name, { config, file, options });
  } catch (error) {
    throw explained(error, file);
  }
}

function read<T>(file: string, work: (reader: Reader) => T): T | undefined {
  const reader = openReader(file);
  if (reader === undefined) return undefined;
  try {
    return work(reader);
  } finally {
    reportDamage(reader);
    reader.close();
  }
}

async function list(_: string | undefined, { config, file, options }: Request): Promise<void> {
  const configured = await openOutputs(config);
  const running = writerOf(file) !== undefined;
  const now = Date.now();
  const views =
    read(file, (reader) => viewsOf(reader, configured, running, now)) ?? configured.map(({ name }) => newView(name));
  if (options.json) {
    printJsonText(views.map(outputJson).join(""));
    return;
  }
  print(views.length === 0 ? "No outputs are enabled.\n" : outputTable(views, now));
  if (!config.journal.enabled)
    printError(
      "The journal is disabled: alerts are delivered from memory, and only /metrics shows the delivery state.\n",
    );
  else if (!running) printError(`eyas run is not running: no process writes to ${file}.\n`);
}

function viewsOf(reader: Reader, configured: readonly Output[], running: boolean, now: number): OutputView[] {
  const records = new Map(reader.outputs().map((record) => [record.name, record]));
  const dead = reader.deadCounts();
  const last = reader.last();
  const outputs = new Map(configured.map((output) => [output.name, output]));
  const names = [...new Set([...outputs.keys(), ...records.keys()])];
  const views = names.map((name) => {
    const record = records.get(name);
    if (record === undefined) return newView(name);
    const { seq, status } = record;
    const waiting = Math.max(0, last - seq);
    const [first] = waiting === 0 ? [] : reader.read(seq, 1);
    const behind = first === undefined ? 0 : Math.max(0, now - timeOfIdText(first.id)) / 1000;
    const state = stateOf(outputs.get(name), running, { ...status, waiting, lag: behind });
    return { name, state, waiting, behind, dead: dead.get(name) ?? 0, status };
  });
  // A disabled output is listed only if it has a backlog or dead letters.
  return views.filter(({ state, waiting, dead }) => state !== "disabled" || waiting + dead > 0);
}

type Counts = Parameters<typeof outputState>[0];

/** @param output undefined if the output is not enabled */
function stateOf(output: Output | undefined, running: boolean, counts: Counts): OutputState {
  if (output === undefined) return "disabled";
  if (!running && counts.waiting > 0) return "stopped";
  // what the stopped agent did not complete is not in progress
  return outputState({ ...counts, interval: output.interval, ...(!running && { failing: false, ended: false }) });
}

function newView(name: string): OutputView {
  return { name, state: "new", waiting: 0, behind: 0, dead: 0, status: noDeliveries };
}

async function sendTest(name: string | undefined, { config, options }: Request): Promise<void> {
  const output = await named(name, config);
  const { hostname } = await import("node:os");
  const result = await sendTestAlert(output, alertOptions(config, hostname()), "eyas outputs test");
  await output.close();
  const { outcome, reason, milliseconds, uuid, persistent = false, warnings } = result;
  if (outcome !== "delivered") process.exitCode = 1;
  if (options.json) {
    const shown = outcome === "rejected" ? "refused" : outcome; // the JSON output keeps this value for compatibility
    printJson({ name: output.name, outcome: shown, reason, milliseconds, uuid });
    return;
  }
  const stops = persistent ? ", and hold back other alerts until the cause is fixed" : "";
  for (const sentence of warnings) printError(`${logLines.outputWarning(output.name, sentence).message}\n`);
  const sentences = {
    delivered: `${output.name} accepted the test alert after ${milliseconds} ms (uuid ${uuid}).`,
    retry: `${output.name} did not accept the test alert: ${reason}. eyas run would retry${stops}.`,
    rejected: `${output.name} rejected the test alert: ${reason}. eyas run would store the alert as a dead letter.`,
  };
  printError(`${sentences[outcome]}\n`);
}

async function dead(name: string | undefined, { file, options }: Request): Promise<void> {
  const limit = Number(options.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 0)
    throw new Failure(`Invalid --limit "${options.limit}": expected a non-negative integer.`);
  const letters = read(file, (reader) => reader.dead(name, limit === 0 ? -1 : limit)) ?? [];
  (options.json ? printJsonText : print)(letters.map(options.json ? deadJson : deadText).join(""));
  if (letters.length === 0 && process.stderr.isTTY) printError("No dead letters.\n");
}

async function retry(name: string | undefined, { config, file, options }: Request): Promise<void> {
  const output = await named(name, config);
  const reader = openReader(file);
  const journal = reader && amend(file);
  let outcome: ResendOutcome = { taken: 0, left: 0 };
  try {
    if (reader !== undefined && journal !== undefined)
      outcome = await resendDeadLetters(output, reader, journal, alertOptions(config, ""));
  } finally {
    if (reader !== undefined) reportDamage(reader);
    reader?.close();
    journal?.close();
    await output.close();
  }
  const { taken, left, reason } = outcome;
  if (left > 0) process.exitCode = 1;
  if (options.json) {
    printJson({ name: output.name, taken, left, reason });
    return;
  }
  const rest = left === 0 ? "." : `; ${count(left, "dead letter")} left: ${reason}.`;
  printError(`${output.name} accepted ${count(taken, "alert")}${rest}\n`);
}

async function skip(name: string | undefined, { file }: Request): Promise<void> {
  if (name === undefined) throw new Failure("Missing output name; eyas outputs lists all outputs.");
  const writer = writerOf(file);
  if (writer !== undefined) throw new Failure(`Process ${writer} is delivering alerts: stop eyas run first.`);
  const found = read(file, (reader) => ({
    record: reader.outputs().find((one) => one.name === name),
    last: reader.last(),
  }));
  if (found?.record === undefined) throw new Failure(`Output "${name}" not found in the journal.`);
  const journal = amend(file);
  journal.setPosition(name, found.last);
  journal.close();
  printError(`${name} continues with new alerts; skipped ${count(found.last - found.record.seq, "alert")}.\n`);
}

function template(name: string | undefined, { config, options }: Request): Promise<void> {
  return printTemplates(name, config, options);
}

/** @throws Failure if no enabled output has this name */
async function named(name: string | undefined, config: Config): Promise<Output> {
  const opened = await openDirectly(name, config, shownLine());
  if ("failure" in opened) throw new Failure(opened.failure);
  return opened.output;
}
