import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { journalFile } from "../agent/delivery/journal.ts";
import { Failure } from "../agent/failure.ts";
import { actionsJson, actionsText, responsesJson, responsesText } from "../agent/responses/response-list.ts";
import { type LoadedResponses, loadValidResponses } from "../agent/responses/response-rules.ts";
import { limitSettings } from "../agent/responses/responses.ts";
import { hostRoot } from "../agent/sensor/host-root.ts";
import { defaultAlertOptions } from "../alert/alert.ts";
import { entryOf, type JournalAlert } from "../alert/entry.ts";
import { readAlerts } from "../alert/received.ts";
import { alertRecord } from "../alert/record.ts";
import type { Config } from "../config/load.ts";
import { type ActionState, actionStates } from "../journal/action-entry.ts";
import { type ActionLogQuery, openActionLog } from "../journal/action-log.ts";
import { openReader } from "../journal/read.ts";
import { turnSwitch } from "../journal/switch.ts";
import { parseTime } from "../query/time.ts";
import { openSimulation } from "../response/simulation.ts";
import { atOnce } from "../server/slices.ts";
import { print, printError, printJsonText } from "../telemetry/print.ts";
import { explained } from "./alert-list.ts";
import type { RespondOptions } from "./respond.ts";
import { simulatedJson, simulatedText, stepLine, trailJson } from "./respond-text.ts";
import { readSettings } from "./settings.ts";

export interface Request {
  readonly options: RespondOptions;
  readonly config: Config;
  /** Path of the journal. */
  readonly file: string;
  readonly alert: string | undefined;
}

const commands: Readonly<Record<string, (request: Request) => Promise<void> | void>> = {
  list,
  test,
  history,
  pause: (request) => setPaused(request, true),
  resume: (request) => setPaused(request, false),
  suspended: async (request) => (await import("./respond-release.ts")).listSuspended(request),
  release: async (request) => (await import("./respond-release.ts")).releaseSuspended(request),
};

/** `eyas respond`: runs a subcommand. */
export async function respond(name: string, alert: string | undefined, options: RespondOptions): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined)
    throw new Failure(`Unknown command "${name}": expected ${Object.keys(commands).join(", ")}.`);
  const { config } = await readSettings({
    ...(options.config !== undefined && { config: options.config }),
    ...(options.option !== undefined && { option: options.option }),
  });
  const file = options.journal ?? journalFile(config.journal);
  try {
    await command({ options, config, file, alert });
  } catch (error) {
    throw explained(error, file);
  }
}

async function list({ options, config, file }: Request): Promise<void> {
  if (options.actions) {
    (options.json ? printJsonText : print)(options.json ? await actionsJson() : await actionsText());
    return;
  }
  const ready = await wanted(options, config);
  const trail = openActionLog(file);
  const change = trail?.switch();
  trail?.close();
  (options.json ? printJsonText : print)(
    options.json ? responsesJson(ready.responses) : responsesText(ready.responses, config, change),
  );
}

async function test({ options, config, file, alert: name }: Request): Promise<void> {
  if (name === undefined) throw new Failure("Missing alert: specify the alert's number or ID, a file, or -.");
  const ready = await wanted(options, config);
  if (ready.responses.length === 0)
    throw new Failure("No response rules: pass --rules or set responses.rules_files in the configuration.");
  const alerts = alertsNamed(name, file);
  // For a test, the maximum age of the event does not apply.
  const simulation = openSimulation(ready.responses, { ...limitSettings(config, false), maxAge: 0 }, hostRoot);
  for (const kept of alerts) {
    const alert = alertRecord(kept);
    const steps = simulation.evaluate(alert, Date.now());
    (options.json ? printJsonText : print)(options.json ? simulatedJson(alert, steps) : simulatedText(alert, steps));
  }
}

/** Reads alerts from the journal, or from a file in the JSON format of outputs. */
function alertsNamed(name: string, file: string): JournalAlert[] {
  if (name === "-" || existsSync(name)) {
    const text = readFileSync(name === "-" ? 0 : name, "utf8");
    const { alerts, refused } = atOnce(readAlerts(text, false, Number.MAX_SAFE_INTEGER, defaultAlertOptions));
    const [wrong] = refused;
    if (wrong !== undefined) throw new Failure(`${name}: ${wrong.message}.`);
    return alerts.map((alert) => ({ ...entryOf(alert), seq: 0, id: "00000000-0000-7000-8000-000000000000" }));
  }
  const reader = openReader(file);
  if (reader === undefined) throw new Failure(`No journal at ${file}, and file ${name} not found.`);
  try {
    const found = reader.named(name);
    if (found.length === 0) throw new Failure(`Alert ${name} not found in the journal, and file ${name} not found.`);
    if (found.length > 1) throw new Failure(`Ambiguous alert ID ${name}: specify more characters of the ID.`);
    return found;
  } finally {
    reader.close();
  }
}

function history({ options, file }: Request): void {
  const trail = openActionLog(file);
  if (trail === undefined) throw new Failure(`No journal at ${file}. eyas run creates one.`);
  try {
    const { limit = "50" } = options;
    if (!/^\d{1,9}$/.test(limit)) throw new Failure(`Invalid --limit "${limit}": expected a non-negative integer.`);
    const page = trail.page(queryOf(options), Number(limit) || Number.MAX_SAFE_INTEGER);
    (options.json ? printJsonText : print)(
      page.map((step) => (options.json ? trailJson(step) : stepLine(step))).join(""),
    );
    if (page.length === 0 && !options.json) printError("No actions found.\n");
  } finally {
    trail.close();
  }
}

function queryOf({ state, since, action, response }: RespondOptions): ActionLogQuery {
  const states = state?.split(",").map((word): ActionState => {
    const known = actionStates.find((one) => one === word.trim());
    if (known === undefined) throw new Failure(`Unknown state "${word}": expected ${actionStates.join(", ")}.`);
    return known;
  });
  return {
    ...(states !== undefined && { states }),
    ...(action !== undefined && { action }),
    ...(response !== undefined && { response }),
    ...(since !== undefined && { since: Number(parseTime(since) / 1_000_000n) }),
  };
}

function setPaused({ options, config, file }: Request, paused: boolean): void {
  const who = process.env.SUDO_USER ?? userInfo().username;
  const isThere = existsSync(file) && turnSwitch(file, { time: Date.now(), paused, who, reason: options.reason ?? "" });
  if (!isThere)
    throw new Failure(
      `No journal at ${file}. eyas run creates one. Without a journal, set responses.paused in the configuration.`,
    );
  if (!paused && config.responses.paused)
    throw new Failure("Responses are still paused because responses.paused is set in the configuration.");
  print(paused ? "Responses are paused until you run eyas respond resume.\n" : "Responses are resumed.\n");
}

function wanted(options: RespondOptions, config: Config): Promise<LoadedResponses> {
  return loadValidResponses(options.rules ?? config.responses.rules_files ?? [], config, false);
}
