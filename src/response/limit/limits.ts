import type { AskedStep } from "../../journal/ledger.ts";
import type { StepReason } from "../../journal/step.ts";
import type { AnsweredAlert } from "../action.ts";
import { type Rate, rateText, timeText } from "../rule/measures.ts";
import type { Response, ResponseAction } from "../rule/response.ts";
import type { BrakeSettings } from "../settings.ts";
import { isCall, type Never } from "./protected.ts";
import { answersReceived } from "./received.ts";
import { openWindow, type Window } from "./window.ts";

/** An action that is about to be asked. */
export interface Candidate {
  readonly response: Response;
  readonly place: number;
  readonly action: ResponseAction;
  readonly alert: AnsweredAlert;
  readonly target: string;
  readonly scope: string | undefined;
}

/** That something is not done, why, and the budget that it is about where it is one. */
export interface Held {
  readonly why: StepReason;
  readonly reason: string;
  readonly budget?: UsedBudget;
}

/** A budget that is used up. */
export interface UsedBudget {
  /** `all actions`, `namespace shop`, … */
  readonly of: string;
  readonly rate: Rate;
  /** When there is room again: milliseconds since the epoch. */
  readonly until: number;
}

/** Decides what may be done, and remembers what was. Dry runs have brakes of their own, so that they say what would be. */
export interface Brakes {
  /**
   * Why it must not be done; undefined: it may, and it counts as asked from now on.
   * @param now milliseconds since the epoch
   */
  take(candidate: Candidate, now: number): Held | undefined;
  /** It came to nothing: its target is not left alone because of it. Budgets count what was asked, whatever came of it. */
  release(candidate: Candidate): void;
  /** Takes up what was asked before this process was. */
  restore(steps: Iterable<AskedStep>, responses: readonly Response[]): void;
}

/** Keys that are remembered before those that mean nothing any more are looked for. */
const MANY = 10_000;
/** Nanoseconds of a millisecond. */
const MILLION = 1_000_000n;

/** @param never says what is never touched */
export function openBrakes(settings: BrakeSettings, never: Never): Brakes {
  /** By action and target: until when it is left alone. */
  const resting = new Map<string, number>();
  const windows = new Map<string, Window>();

  /** Alerts that were posted have budgets of their own: whoever posts many leaves those of this machine's alerts as they are. */
  function budgetsOf(
    { response, place, action, scope }: Pick<Candidate, "response" | "place" | "action" | "scope">,
    received: boolean,
  ): Map<string, Rate> {
    const budgets = new Map<string, Rate>();
    const add = (of: string, rate: Rate | undefined): void => {
      if (rate !== undefined) budgets.set(received ? `${of} about alerts of others` : of, rate);
    };
    add(`${action.action.name} in response ${response.name} (${place + 1})`, action.budget);
    if (isCall(action.action)) add("all calls of functions", settings.budget.calls);
    else {
      if (scope !== undefined) add(scope, settings.budget.scope);
      add("all actions", settings.budget.all);
    }
    return budgets;
  }

  function windowFor(of: string, rate: Rate, now: number): Window {
    const known = windows.get(of);
    if (known !== undefined) return known;
    if (windows.size > MANY) for (const [key, window] of windows) if (window.isEmpty(now)) windows.delete(key);
    const window = openWindow(rate);
    windows.set(of, window);
    return window;
  }

  function rest({ action, target }: Pick<Candidate, "action" | "target">, now: number): void {
    const time = cooldownOf(action);
    if (time === 0) return;
    if (resting.size > MANY) for (const [key, until] of resting) if (until <= now) resting.delete(key);
    resting.set(keyOf(action.action.name, target), now + time);
  }

  function cooldownOf(action: ResponseAction): number {
    return action.cooldown ?? action.action.cooldown ?? settings.cooldown;
  }

  return {
    take(candidate, now) {
      const { action, alert, target } = candidate;
      if (alert.received && !answersReceived(settings.received, action.action))
        return {
          why: "elsewhere",
          reason: `the alert was posted by somebody else, and responses.received is ${settings.received}`,
        };
      const age = now - Number(alert.time / MILLION);
      if (settings.maxAge > 0 && age > settings.maxAge)
        return {
          why: "old",
          reason: `the event was ${inWords(age)} ago, and responses.max_age is ${timeText(settings.maxAge)}`,
        };
      const reason = never(action.action, alert, target);
      if (reason !== undefined) return { why: "never", reason };
      const until = resting.get(keyOf(action.action.name, target));
      if (until !== undefined && until > now)
        return {
          why: "cooldown",
          reason: `the same was done to it a short while ago; it is left alone for ${inWords(until - now)} more`,
        };
      const budgets = budgetsOf(candidate, alert.received === true);
      for (const [of, rate] of budgets) {
        const window = windowFor(of, rate, now);
        if (window.hasRoom(now)) continue;
        const budget = { of, rate, until: window.roomAt() };
        return { why: "budget", reason: `the budget of ${of} is used up: ${rateText(rate)}`, budget };
      }
      for (const [of, rate] of budgets) windowFor(of, rate, now).add(now);
      rest(candidate, now);
      return undefined;
    },
    release({ action, target }) {
      resting.delete(keyOf(action.action.name, target));
    },
    restore(steps, responses) {
      const byName = new Map(responses.map((response) => [response.name, response]));
      for (const { response: name, place, target, scope, state, asked, received } of steps) {
        const response = byName.get(name);
        const action = response?.actions[place];
        if (response === undefined || action === undefined || target === undefined) continue;
        for (const [of, rate] of budgetsOf({ response, place, action, scope }, received))
          windowFor(of, rate, asked).add(asked);
        if (state !== "failed" && state !== "skipped") rest({ action, target }, asked);
      }
    },
  };
}

function keyOf(action: string, target: string): string {
  return `${action}\0${target}`;
}

/** A stretch of time as people say it. */
function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** The longest time that brakes look back: what was asked before that counts no more. */
export function lookBack(settings: BrakeSettings, responses: readonly Response[]): number {
  const rates = [
    ...Object.values(settings.budget),
    ...responses.flatMap(({ actions }) => actions.map((each) => each.budget)),
  ];
  const cooldowns = responses.flatMap(({ actions }) =>
    actions.map(({ action, cooldown }) => cooldown ?? action.cooldown ?? settings.cooldown),
  );
  return Math.max(0, ...rates.map((rate) => rate?.window ?? 0), ...cooldowns);
}
