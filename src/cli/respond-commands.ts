import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { journalFile } from "../agent/delivery/journal.ts";
import { Failure } from "../agent/failure.ts";
import { type LoadedResponses, loadValidResponses } from "../agent/responses/response-rules.ts";
import { limitSettings } from "../agent/responses/responses.ts";
import { hostRoot } from "../agent/sensor/live.ts";
import { defaultAlertOptions } from "../alert/alert.ts";
import { entryOf, type JournalAlert } from "../alert/entry.ts";
import { readAlerts } from "../alert/received.ts";
import type { Config } from "../config/load.ts";
import { parseQuery } from "../journal/query.ts";
import { openReader } from "../journal/read.ts";
import { type StepState, stepStates } from "../journal/step.ts";
import { turnSwitch } from "../journal/switch.ts";
import { openTrail, type TrailQuery } from "../journal/trail.ts";
import { responseAlert } from "../response/alert.ts";
import { openSimulation } from "../response/simulation.ts";
import { explained } from "./alert-list.ts";
import type { RespondOptions } from "./respond.ts";
import { actionsJson, actionsText, responsesJson, responsesText } from "./respond-list.ts";
import { rehearsedJson, rehearsedText, stepLine, trailJson } from "./respond-text.ts";
import { readSettings } from "./settings.ts";

interface Asked {
  readonly options: RespondOptions;
  readonly config: Config;
  /** The journal. */
  readonly file: string;
  readonly alert: string | undefined;
}

const commands: Readonly<Record<string, (asked: Asked) => Promise<void> | void>> = {
  list,
  test,
  history,
  pause: (asked) => turn(asked, true),
  resume: (asked) => turn(asked, false),
};

/** `eyas respond`. */
export async function respond(what: string, alert: string | undefined, options: RespondOptions): Promise<void> {
  if (!Object.hasOwn(commands, what))
    throw new Failure(`There is no "eyas respond ${what}": list, test, history, pause and resume there are.`);
  const { config } = await readSettings({
    ...(options.config !== undefined && { config: options.config }),
    ...(options.option !== undefined && { option: options.option }),
  });
  const file = options.journal ?? journalFile(config.journal);
  try {
    await commands[what]({ options, config, file, alert });
  } catch (error) {
    throw explained(error, file);
  }
}

async function list({ options, config, file }: Asked): Promise<void> {
  if (options.actions) {
    process.stdout.write(options.json ? await actionsJson() : await actionsText());
    return;
  }
  const ready = await wanted(options, config);
  const trail = openTrail(file);
  const change = trail?.switch();
  trail?.close();
  process.stdout.write(options.json ? responsesJson(ready.responses) : responsesText(ready.responses, config, change));
}

async function test({ options, config, file, alert: name }: Asked): Promise<void> {
  if (name === undefined) throw new Failure("eyas respond test wants an alert: its number or id, a file, or -.");
  const ready = await wanted(options, config);
  if (ready.responses.length === 0)
    throw new Failure(
      "There are no response rules: --rules names some, or responses.rules_files of the configuration.",
    );
  const alerts = alertsNamed(name, file);
  // How old it is counts for nothing here.
  const rehearsal = openSimulation(ready.responses, { ...limitSettings(config, false), maxAge: 0 }, hostRoot);
  for (const kept of alerts) {
    const alert = responseAlert(kept);
    const steps = rehearsal.evaluate(alert, Date.now());
    process.stdout.write(options.json ? rehearsedJson(alert, steps) : rehearsedText(alert, steps));
  }
}

/** Alerts of the journal, or of a file that has them as outputs print them. */
function alertsNamed(name: string, file: string): JournalAlert[] {
  if (name === "-" || existsSync(name)) {
    const text = readFileSync(name === "-" ? 0 : name, "utf8");
    const { alerts, refused } = readAlerts(text, false, Number.MAX_SAFE_INTEGER, defaultAlertOptions);
    const [wrong] = refused;
    if (wrong !== undefined) throw new Failure(`${name}: ${wrong.message}.`);
    return alerts.map((alert) => ({ ...entryOf(alert), seq: 0, id: "00000000-0000-7000-8000-000000000000" }));
  }
  const reader = openReader(file);
  if (reader === undefined) throw new Failure(`There is no journal at ${file}, and no file ${name}.`);
  try {
    const found = reader.named(name);
    if (found.length === 0) throw new Failure(`There is no alert ${name} in the journal, and no file of that name.`);
    if (found.length > 1) throw new Failure(`More than one alert begins with ${name}: give more of its id.`);
    return found;
  } finally {
    reader.close();
  }
}

function history({ options, file }: Asked): void {
  const trail = openTrail(file);
  if (trail === undefined) throw new Failure(`There is no journal at ${file}: eyas run keeps one.`);
  try {
    const { limit = "50" } = options;
    if (!/^\d{1,9}$/.test(limit)) throw new Failure(`--limit takes a whole number, not "${limit}".`);
    const page = trail.page(queryOf(options), Number(limit) || Number.MAX_SAFE_INTEGER);
    process.stdout.write(page.map((step) => (options.json ? trailJson(step) : stepLine(step))).join(""));
    if (page.length === 0 && !options.json) process.stderr.write("Nothing was done about alerts yet.\n");
  } finally {
    trail.close();
  }
}

function queryOf({ state, since, action, response }: RespondOptions): TrailQuery {
  const states = state?.split(",").map((word): StepState => {
    const known = stepStates.find((one) => one === word.trim());
    if (known === undefined) throw new Failure(`"${word}" is no state: ${stepStates.join(", ")} are.`);
    return known;
  });
  const [time] = since === undefined ? [] : parseQuery(["since", since]);
  return {
    ...(states !== undefined && { states }),
    ...(action !== undefined && { action }),
    ...(response !== undefined && { response }),
    ...(time?.kind === "since" && { since: Number(time.time / 1_000_000n) }),
  };
}

function turn({ options, config, file }: Asked, paused: boolean): void {
  const who = process.env.SUDO_USER ?? userInfo().username;
  const isThere = existsSync(file) && turnSwitch(file, { time: Date.now(), paused, who, reason: options.reason ?? "" });
  if (!isThere)
    throw new Failure(
      `There is no journal at ${file}, where the switch is: eyas run keeps one. responses.paused of the configuration does the same.`,
    );
  if (!paused && config.responses.paused)
    throw new Failure("The switch is on, but responses.paused of the configuration stops all responses still.");
  process.stdout.write(
    paused ? "All responses are stopped: nothing is done until eyas respond resume.\n" : "Responses are resumed.\n",
  );
}

function wanted(options: RespondOptions, config: Config): Promise<LoadedResponses> {
  return loadValidResponses(options.rules ?? config.responses.rules_files ?? [], config, false);
}
