import type { AlertRecord } from "../../alert/record.ts";
import type { ActionReason } from "../../journal/action-entry.ts";
import type { StartedAction } from "../../journal/action-log-writer.ts";
import { durationText } from "../rule/measures.ts";
import type { Response, ResponseAction } from "../rule/response.ts";
import type { LimitSettings } from "../settings.ts";
import { type ExhaustedBudget, openBudgets } from "./budgets.ts";
import type { Protection } from "./protected.ts";
import { respondsToReceived } from "./received.ts";

/** An action that may run next. */
export interface Candidate {
  readonly response: Response;
  readonly place: number;
  readonly action: ResponseAction;
  readonly alert: AlertRecord;
  readonly target: string;
  readonly scope: string | undefined;
  /** It suspends a target because a budget is used up. It can be undone, so no budget applies to it. */
  readonly suspends?: true;
}

/** Why an action does not run. */
export interface Suppression {
  readonly why: ActionReason;
  readonly reason: string;
  /** The exhausted budget, if that is the cause. */
  readonly budget?: ExhaustedBudget;
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
  /**
   * Counts actions of earlier processes.
   * @param alertOf an alert by its sequence number; undefined if the journal no longer has it
   */
  restore(
    steps: Iterable<StartedAction>,
    responses: readonly Response[],
    alertOf: (seq: number) => AlertRecord | undefined,
  ): void;
}

/** Number of cooldowns at which expired ones are removed. */
const CLEANUP_SIZE = 10_000;
/** Nanoseconds of a millisecond. */
const MILLION = 1_000_000n;

/** @param protection decides which targets are protected */
export function openLimits(settings: LimitSettings, protection: Protection): Limits {
  /** Ends of cooldowns, by action and target. */
  const cooldowns = new Map<string, number>();
  const budgets = openBudgets(settings);

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
      const exhausted = candidate.suspends ? undefined : budgets.take(candidate, now);
      if (exhausted !== undefined) return exhausted;
      coolDown(candidate, now);
      return undefined;
    },
    release({ action, target }) {
      cooldowns.delete(keyOf(action.action.name, target));
    },
    restore(steps, responses, alertOf) {
      const byName = new Map(responses.map((response) => [response.name, response]));
      for (const { response: name, place, action: started, seq, target, scope, state, asked, received } of steps) {
        const response = byName.get(name);
        const action = response?.actions[place];
        if (response === undefined || action === undefined || target === undefined) continue;
        const suspend = action.suspend?.action.name === started ? action.suspend : undefined;
        if (suspend === undefined && action.action.name !== started) continue; // another action, or one that undid it
        if (suspend === undefined) budgets.restore({ response, place, action, scope }, received, alertOf(seq), asked);
        if (state !== "failed" && state !== "skipped") coolDown({ action: suspend ?? action, target }, asked);
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
