import { defaultAlertOptions, prepareAlert, type Raise } from "../../alert/alert.ts";
import { entryOf } from "../../alert/entry.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { alertRecord } from "../../alert/record.ts";
import { nearest } from "../../condition/did-you-mean.ts";
import type { RuleVocabulary } from "../../field/catalogue.ts";
import { plainPrinting } from "../../field/print.ts";
import type { Observed } from "../../machine/observed.ts";
import type { SimulatedStep } from "../../response/simulation.ts";
import type { Location } from "../../rule/location.ts";
import { OutputError, parseOutput, type TemplateField } from "../../rule/output.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { itemAt } from "../item-at.ts";
import { type Reading, TestFault } from "../reading.ts";
import { type Check, readCheck } from "./expectation.ts";
import type { Problem } from "./run-case.ts";
import { readAlert, type ScriptedAlert } from "./scripted-alert.ts";

/** Response rules for simulation. */
export interface ResponseSimulator {
  /** Names of the rules. */
  readonly names: readonly string[];
  /** Fields that rules and actions use. */
  readonly fields: readonly string[];
  /** Starts a case, with rate limits and budgets reset. */
  begin(): (alert: AlertRecord, now: number) => readonly SimulatedStep[];
}

/** All expected actions of a response, in order. */
export interface ExpectedResponse {
  readonly response: string;
  readonly place: Location;
  readonly actions: readonly ExpectedAction[];
}

interface ExpectedAction {
  readonly action: string;
  readonly place: Location;
  readonly target: readonly Check[];
  /** Why the action is skipped; undefined if it runs. */
  readonly skipped: string | undefined;
}

const NOTHING = "nothing";

/**
 * Reads expected responses: `nothing`, or `{response: action, …}`, `{response: [action, …]}`, `{response: {action:
 * target, …}}`.
 */
export function readDoes(reading: Reading): ExpectedResponse[] {
  if (reading.isScalar && reading.text('"does"') === NOTHING) return [];
  return reading.entries('"does"').map(({ key, keyLocation, value }) => ({
    response: key,
    place: keyLocation,
    actions: value.isMapping ? actionsOf(key, value) : value.items().flatMap((item) => actionsOf(key, item)),
  }));
}

function actionsOf(response: string, reading: Reading): ExpectedAction[] {
  if (reading.isScalar)
    return [{ action: reading.text(`Actions of "${response}"`), place: reading.place, target: [], skipped: undefined }];
  return reading.entries(`Actions of "${response}"`).map(({ key, keyLocation, value }) => {
    const target: Check[] = [];
    let skipped: string | undefined;
    if (!value.isMapping) {
      if (!value.isNull) target.push(...readCheck("target", value.place, value));
    } else
      for (const { key: about, keyLocation: at, value: wanted } of value.entries(`"${key}"`)) {
        if (about === "skipped") skipped = wanted.text('"skipped"');
        else if (about === "target") target.push(...readCheck("target", at, wanted));
        else throw new TestFault(`Unknown key "${about}": an action has the keys "target" and "skipped".`, at);
      }
    return { action: key, place: keyLocation, target, skipped };
  });
}

/** Simulates responses to the alerts that a case describes. */
export function checkAlerts(
  alerts: readonly Reading[],
  does: readonly ExpectedResponse[],
  place: Location,
  trial: ResponseSimulator,
  begin: bigint | undefined,
): Problem[] {
  const answer = trial.begin();
  let now = Number((begin ?? FIRST) / MILLION);
  const steps = alerts.flatMap((reading) => {
    const written: ScriptedAlert = readAlert(reading);
    now += written.after;
    return answer(written.alert(BigInt(now) * MILLION), now);
  });
  return checkSteps(steps, does, place, trial);
}

/** Default time of the first alert: 2026-01-01. */
const FIRST = 1_767_225_600_000_000_000n;
const MILLION = 1_000_000n;

/** Simulates responses to alerts that events raise. */
export interface ResponseRecorder {
  raise(rule: LoadedRule, event: Observed): void;
  problems(): Problem[];
}

/** Simulates responses to the alerts that the events of a case raise. */
export function responseRecorder(
  does: readonly ExpectedResponse[],
  place: Location,
  trial: ResponseSimulator,
  words: RuleVocabulary,
): ResponseRecorder {
  const answer = trial.begin();
  const steps: SimulatedStep[] = [];
  const optional = trial.fields.flatMap((name) => fieldOf(name, words));
  const raises = new Map<LoadedRule, Raise>();
  let seq = 0;
  return {
    raise(rule, event) {
      const raise = raises.get(rule) ?? prepareAlert(rule, rule.template, [], defaultAlertOptions, optional);
      raises.set(rule, raise);
      const alert = alertRecord({ ...entryOf(raise(event)), seq: ++seq, id: "" });
      steps.push(...answer(alert, Number(alert.time / MILLION)));
    },
    problems: () => checkSteps(steps, does, place, trial),
  };
}

function fieldOf(name: string, words: RuleVocabulary): TemplateField[] {
  try {
    return [...parseOutput(`%${name}`, words, plainPrinting).fields];
  } catch (error) {
    if (error instanceof OutputError) return []; // events of this source do not have the field
    throw error;
  }
}

function checkSteps(
  steps: readonly SimulatedStep[],
  does: readonly ExpectedResponse[],
  place: Location,
  { names }: ResponseSimulator,
): Problem[] {
  const problems: Problem[] = [];
  const problem = (message: string, at: Location, more: Partial<Problem> = {}): void => {
    problems.push({ kind: "does", place: at, message, rule: undefined, reason: undefined, differences: [], ...more });
  };
  for (const { response, place: at } of does) {
    if (names.includes(response)) continue;
    const near = nearest(response, names);
    throw new TestFault(
      `Response "${response}" not found${near === undefined ? "." : `; did you mean "${near}"?`}`,
      at,
    );
  }
  const wanted = new Map(does.map((each) => [each.response, each]));
  for (const [response, own] of Map.groupBy(steps, (step) => step.response.name)) {
    if (wanted.has(response)) continue;
    problem(`Response "${response}" should run no action, but ${own.map(stepText).join(", ")}.`, place);
  }
  for (const { response, place: at, actions } of does) {
    const own = steps.filter((step) => step.response.name === response);
    if (own.length !== actions.length) {
      const found =
        own.length === 0
          ? "it does not match, or an earlier response stops the evaluation"
          : own.map(stepText).join(", ");
      problem(`Response "${response}" should run ${actions.map(({ action }) => action).join(", ")}, but ${found}.`, at);
      continue;
    }
    for (const [i, action] of actions.entries()) compare(action, itemAt(own, i), problem);
  }
  return problems;
}

function compare(
  { action, place, target, skipped }: ExpectedAction,
  step: SimulatedStep,
  problem: (message: string, at: Location, more?: Partial<Problem>) => void,
): void {
  const { name } = step.action.action;
  if (name !== action) problem(`${action} should run, but ${stepText(step)}.`, place);
  else if (skipped !== undefined && step.suppressed === undefined)
    problem(`${action} should be skipped, but would run.`, place);
  else if (skipped === undefined && step.suppressed !== undefined)
    problem(`${action} should run, but ${stepText(step)}.`, place);
  else if (skipped !== undefined && step.suppressed?.why !== skipped)
    problem(`${action} should be skipped because of "${skipped}", but ${stepText(step)}.`, place);
  else {
    const found = step.target === undefined ? "<NA>" : JSON.stringify(step.target);
    const differences = target
      .filter(({ holds }) => !holds(step.target))
      .map(({ subject, expected }) => ({ subject, expected, found }));
    if (differences.length > 0) problem(`${action} would run on a different target.`, place, { differences });
  }
}

function stepText({ action, target, suppressed }: SimulatedStep): string {
  const what = `${action.action.name}${target === undefined ? "" : ` on ${target}`}`;
  return suppressed === undefined
    ? `${what} would run`
    : `${what} would be skipped (${suppressed.why}: ${suppressed.reason})`;
}
