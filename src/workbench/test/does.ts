import { defaultAlertOptions, prepareAlert, type Raise } from "../../alert/alert.ts";
import { entryOf } from "../../alert/entry.ts";
import { nearest } from "../../condition/near.ts";
import type { Words } from "../../field/catalogue.ts";
import { plainPrinting } from "../../field/print.ts";
import type { Observed } from "../../machine/observed.ts";
import type { ResponseAlert } from "../../response/action.ts";
import { responseAlert } from "../../response/alert.ts";
import type { SimulatedStep } from "../../response/simulation.ts";
import { OutputError, parseOutput, type TemplateField } from "../../rule/output.ts";
import type { Place } from "../../rule/place.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import { type Reading, TestFault } from "../reading.ts";
import { type Check, readCheck } from "./expectation.ts";
import type { Problem } from "./judge.ts";
import { readAlert, type WrittenAlert } from "./written-alert.ts";

/** Response rules that are ready to be tried. */
export interface ResponseTrial {
  /** The names of the rules. */
  readonly names: readonly string[];
  /** The fields that they and their actions look at. */
  readonly fields: readonly string[];
  /** Begins a case: with all brakes as they are at first. */
  begin(): (alert: ResponseAlert, now: number) => readonly SimulatedStep[];
}

/** What a response has to do: in its order, and nothing else. */
export interface Doing {
  readonly response: string;
  readonly place: Place;
  readonly actions: readonly DoneAction[];
}

interface DoneAction {
  readonly action: string;
  readonly place: Place;
  readonly target: readonly Check[];
  /** Why it is not done; undefined: it is. */
  readonly skipped: string | undefined;
}

const NOTHING = "nothing";

/** `nothing`, or `{response: action, …}`, `{response: [action, …]}`, `{response: {action: target, …}}`. */
export function readDoes(reading: Reading): Doing[] {
  if (reading.isScalar && reading.text('"does"') === NOTHING) return [];
  return reading.entries('"does"').map(({ key, keyPlace, value }) => ({
    response: key,
    place: keyPlace,
    actions: value.isMapping ? actionsOf(key, value) : value.items().flatMap((item) => actionsOf(key, item)),
  }));
}

function actionsOf(response: string, reading: Reading): DoneAction[] {
  if (reading.isScalar)
    return [{ action: reading.text(`What "${response}" does`), place: reading.place, target: [], skipped: undefined }];
  return reading.entries(`What "${response}" does`).map(({ key, keyPlace, value }) => {
    const target: Check[] = [];
    let skipped: string | undefined;
    if (!value.isMapping) {
      if (!value.isNull) target.push(...readCheck("target", value.place, value));
    } else
      for (const { key: about, keyPlace: at, value: wanted } of value.entries(`"${key}"`)) {
        if (about === "skipped") skipped = wanted.text('"skipped"');
        else if (about === "target") target.push(...readCheck("target", at, wanted));
        else throw new TestFault(`An action has a "target", and says why it is "skipped"; not "${about}".`, at);
      }
    return { action: key, place: keyPlace, target, skipped };
  });
}

/** Alerts that a case writes, judged by response rules. */
export function judgeAlerts(
  alerts: readonly Reading[],
  does: readonly Doing[],
  place: Place,
  trial: ResponseTrial,
  begin: bigint | undefined,
): Problem[] {
  const answer = trial.begin();
  let now = Number((begin ?? FIRST) / MILLION);
  const steps = alerts.flatMap((reading) => {
    const written: WrittenAlert = readAlert(reading);
    now += written.after;
    return answer(written.alert(BigInt(now) * MILLION), now);
  });
  return judgeSteps(steps, does, place, trial);
}

/** 2026-01-01, where a case says nothing. */
const FIRST = 1_767_225_600_000_000_000n;
const MILLION = 1_000_000n;

/** Takes the alerts of events, and what is done about them. */
export interface EventAnswers {
  raise(rule: LoadedRule, event: Observed): void;
  problems(): Problem[];
}

/** The same for alerts that a case's events raise. */
export function answersTo(does: readonly Doing[], place: Place, trial: ResponseTrial, words: Words): EventAnswers {
  const answer = trial.begin();
  const steps: SimulatedStep[] = [];
  const optional = trial.fields.flatMap((name) => fieldOf(name, words));
  const raises = new Map<LoadedRule, Raise>();
  let seq = 0;
  return {
    raise(rule, event) {
      const raise = raises.get(rule) ?? prepareAlert(rule, rule.template, [], defaultAlertOptions, optional);
      raises.set(rule, raise);
      const alert = responseAlert({ ...entryOf(raise(event)), seq: ++seq, id: "" });
      steps.push(...answer(alert, Number(alert.time / MILLION)));
    },
    problems: () => judgeSteps(steps, does, place, trial),
  };
}

function fieldOf(name: string, words: Words): TemplateField[] {
  try {
    return [...parseOutput(`%${name}`, words, plainPrinting).fields];
  } catch (error) {
    if (error instanceof OutputError) return []; // events of this source have no such thing
    throw error;
  }
}

function judgeSteps(
  steps: readonly SimulatedStep[],
  does: readonly Doing[],
  place: Place,
  { names }: ResponseTrial,
): Problem[] {
  const problems: Problem[] = [];
  const problem = (message: string, at: Place, more: Partial<Problem> = {}): void => {
    problems.push({ kind: "does", place: at, message, rule: undefined, reason: undefined, differences: [], ...more });
  };
  for (const { response, place: at } of does) {
    if (names.includes(response)) continue;
    const near = nearest(response, names);
    throw new TestFault(
      `There is no response "${response}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
      at,
    );
  }
  const wanted = new Map(does.map((each) => [each.response, each]));
  for (const [response, own] of Map.groupBy(steps, (step) => step.response.name)) {
    if (wanted.has(response)) continue;
    problem(`Response "${response}" should do nothing, but ${own.map(stepText).join(", ")}.`, place);
  }
  for (const { response, place: at, actions } of does) {
    const own = steps.filter((step) => step.response.name === response);
    if (own.length !== actions.length) {
      const found =
        own.length === 0 ? "nothing: it does not match, or one before it ends the look" : own.map(stepText).join(", ");
      problem(
        `Response "${response}" should do ${actions.map(({ action }) => action).join(", ")}, and does ${found}.`,
        at,
      );
      continue;
    }
    for (const [i, action] of actions.entries()) compare(action, own[i], problem);
  }
  return problems;
}

function compare(
  { action, place, target, skipped }: DoneAction,
  step: SimulatedStep,
  problem: (message: string, at: Place, more?: Partial<Problem>) => void,
): void {
  const { name } = step.action.action;
  if (name !== action) problem(`${action} should be done here, and ${stepText(step)}.`, place);
  else if (skipped !== undefined && step.suppressed === undefined)
    problem(`${action} should be skipped, and is done.`, place);
  else if (skipped === undefined && step.suppressed !== undefined)
    problem(`${action} should be done, but ${stepText(step)}.`, place);
  else if (skipped !== undefined && step.suppressed?.why !== skipped)
    problem(`${action} should be skipped because of "${skipped}", and ${stepText(step)}.`, place);
  else {
    const found = step.target === undefined ? "<NA>" : JSON.stringify(step.target);
    const differences = target
      .filter(({ holds }) => !holds(step.target))
      .map(({ subject, expected }) => ({ subject, expected, found }));
    if (differences.length > 0) problem(`${action} would be done to something else.`, place, { differences });
  }
}

function stepText({ action, target, suppressed }: SimulatedStep): string {
  const what = `${action.action.name}${target === undefined ? "" : ` to ${target}`}`;
  return suppressed === undefined
    ? `${what} would be done`
    : `${what} would be skipped (${suppressed.why}: ${suppressed.reason})`;
}
