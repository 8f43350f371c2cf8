import type { AlertRecord } from "../../alert/record.ts";
import type { ActionReason } from "../../journal/action-entry.ts";
import type { StartedAction } from "../../journal/action-log-writer.ts";
import { isCall } from "../action.ts";
import { durationText, type Rate, rateText } from "../rule/measures.ts";
import type { Response, ResponseAction } from "../rule/response.ts";
import type { LimitSettings } from "../settings.ts";
import type { Protection } from "./protected.ts";
import { respondsToReceived } from "./received.ts";
import { openWindow, type Window } from "./window.ts";

/** An action that may run next. */
export interface Candidate {
  readonly response: Response;
  readonly place: number;
  readonly action: ResponseAction;
  readonly alert: AlertRecord;
  readonly target: string;
  readonly scope: string | undefined;
}

/** Why an action does not run. */
export interface Suppression {
  readonly why: ActionReason;
  readonly reason: string;
  /** The exhausted budget, if that is the cause. */
  readonly budget?: ExhaustedBudget;
}

export interface ExhaustedBudget {
  /** `all actions`, `namespace shop`, … */
  readonly of: string;
  readonly rate: Rate;
  /** When the budget has room again, in milliseconds since the epoch. */
  readonly until: number;
}

/** Decides which actions may run, and counts those that do. Dry runs have limits of their own, so that they predict real runs. */
export interface Limits {
  /**
   * Why an action must not run; undefined: it may, and is counted.
   * @param now milliseconds since the epoch
   */
  admit(candidate: Candidate, now: number): Suppression | undefined;
  /** Ends the cooldown of an action that had no effect. Budgets keep counting it. */
  release(candidate: Candidate): void;
  /** Counts actions of earlier processes. */
  restore(steps: Iterable<StartedAction>, responses: readonly Response[]): void;
}

/** Size at which expired cooldowns and empty windows are removed. */
const CLEANUP_SIZE = 10_000;
/** Nanoseconds of a millisecond. */
const MILLION = 1_000_000n;

/** @param protection decides which targets are protected */
export function openLimits(settings: LimitSettings, protection: Protection): Limits {
  /** Ends of cooldowns, by action and target. */
  const cooldowns = new Map<string, number>();
  const windows = new Map<string, Window>();

  /** Received alerts have separate budgets: a sender of many does not exhaust those of this machine's alerts. */
  function budgetsOf(
    { response, place, action, scope }: Pick<Candidate, "response" | "place" | "action" | "scope">,
    received: boolean,
  ): Map<string, Rate> {
    const budgets = new Map<string, Rate>();
    const add = (of: string, rate: Rate | undefined): void => {
      if (rate !== undefined) budgets.set(received ? `${of} for received alerts` : of, rate);
    };
    add(`${action.action.name} in response ${response.name} (${place + 1})`, action.budget);
    if (isCall(action.action)) add("all function calls", settings.budget.calls);
    else {
      if (scope !== undefined) add(scope, settings.budget.scope);
      add("all actions", settings.budget.all);
    }
    return budgets;
  }

  function windowFor(of: string, rate: Rate, now: number): Window {
    const known = windows.get(of);
    if (known !== undefined) return known;
    if (windows.size > CLEANUP_SIZE) for (const [key, window] of windows) if (window.isEmpty(now)) windows.delete(key);
    const window = openWindow(rate);
    windows.set(of, window);
    return window;
  }

  function coolDown({ action, target }: Pick<Candidate, "action" | "target">, now: number): void {
    const time = cooldownOf(action);
    if (time === 0) return;
    if (cooldowns.size > CLEANUP_SIZE) for (const [key, until] of cooldowns) if (until <= now) cooldowns.delete(key);
    cooldowns.set(keyOf(action.action.name, target), now + time);
  }

  function cooldownOf(action: ResponseAction): number {
    return action.cooldown ?? action.action.cooldown ?? settings.cooldown;
  }

  return {
    admit(candidate, now) {
      const { action, alert, target } = candidate;
      if (alert.received && !respondsToReceived(settings.received, action.action))
        return {
          why: "elsewhere",
          reason: `the alert was received through alert_intake, and responses.received is ${settings.received}`,
        };
      const age = now - Number(alert.time / MILLION);
      if (settings.maxAge > 0 && age > settings.maxAge)
        return {
          why: "old",
          reason: `the event is ${inWords(age)} old, and responses.max_age is ${durationText(settings.maxAge)}`,
        };
      const reason = protection(action.action, alert, target);
      if (reason !== undefined) return { why: "never", reason };
      const until = cooldowns.get(keyOf(action.action.name, target));
      if (until !== undefined && until > now)
        return {
          why: "cooldown",
          reason: `the action ran on this target recently; its cooldown ends in ${inWords(until - now)}`,
        };
      const budgets = budgetsOf(candidate, alert.received === true);
      for (const [of, rate] of budgets) {
        const window = windowFor(of, rate, now);
        if (window.hasRoom(now)) continue;
        const budget = { of, rate, until: window.roomAt() };
        return { why: "budget", reason: `the budget of ${of} is exhausted: ${rateText(rate)}`, budget };
      }
      for (const [of, rate] of budgets) windowFor(of, rate, now).add(now);
      coolDown(candidate, now);
      return undefined;
    },
    release({ action, target }) {
      cooldowns.delete(keyOf(action.action.name, target));
    },
    restore(steps, responses) {
      const byName = new Map(responses.map((response) => [response.name, response]));
      for (const { response: name, place, target, scope, state, asked, received } of steps) {
        const response = byName.get(name);
        const action = response?.actions[place];
        if (response === undefined || action === undefined || target === undefined) continue;
        for (const [of, rate] of budgetsOf({ response, place, action, scope }, received))
          windowFor(of, rate, asked).add(asked);
        if (state !== "failed" && state !== "skipped") coolDown({ action, target }, asked);
      }
    },
  };
}

function keyOf(action: string, target: string): string {
  return `${action}\0${target}`;
}

/** A duration for people. */
function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** The longest time in milliseconds for which limits count an action. */
export function lookBack(settings: LimitSettings, responses: readonly Response[]): number {
  const rates = [
    ...Object.values(settings.budget),
    ...responses.flatMap(({ actions }) => actions.map((each) => each.budget)),
  ];
  const cooldowns = responses.flatMap(({ actions }) =>
    actions.map(({ action, cooldown }) => cooldown ?? action.cooldown ?? settings.cooldown),
  );
  return Math.max(0, ...rates.map((rate) => rate?.window ?? 0), ...cooldowns);
}
