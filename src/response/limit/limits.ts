import { createHash } from "node:crypto";
import type { AlertRecord } from "../../alert/record.ts";
import type { ActionReason } from "../../journal/action-entry.ts";
import type { StartedAction } from "../../journal/action-log-writer.ts";
import { durationText } from "../rule/measures.ts";
import type { Response, ResponseAction } from "../rule/response.ts";
import type { LimitSettings } from "../settings.ts";
import { type ExhaustedBudget, openBudgets } from "./budgets.ts";
import type { Protection } from "./protected.ts";
import { respondsToReceived } from "./received.ts";

/** An action that runs next unless a limit prevents it. */
export interface Candidate {
  readonly response: Response;
  readonly place: number;
  readonly action: ResponseAction;
  readonly alert: AlertRecord;
  readonly target: string;
  readonly scope: string | undefined;
  /**
   * Set if the action suspends a target because a budget is exhausted. No budget applies to it, because a suspension
   * can be reverted.
   */
  readonly suspends?: true;
}

/** Reason why an action does not run. */
export interface Suppression {
  readonly why: ActionReason;
  readonly reason: string;
  /** The exhausted budget, if a budget is the reason. */
  readonly budget?: ExhaustedBudget;
}

/**
 * Decides which actions may run, and counts them. Dry runs have separate limits, so that they predict which actions
 * would run.
 */
export interface Limits {
  /**
   * Returns the reason why an action must not run. If it may run, counts it and returns undefined.
   * @param now milliseconds since the epoch
   */
  admit(candidate: Candidate, now: number): Suppression | undefined;
  /** Ends the cooldown that an action started. The action still counts against its budgets. */
  release(candidate: Candidate): void;
  /**
   * Counts actions that have already run, according to the action log.
   * @param alertOf returns an alert by sequence number; undefined if it is no longer in the journal
   */
  restore(
    steps: Iterable<StartedAction>,
    responses: readonly Response[],
    alertOf: (seq: number) => AlertRecord | undefined,
  ): void;
}

/** Number of cooldowns above which expired ones are removed. */
const CLEANUP_SIZE = 10_000;
/** Nanoseconds per millisecond. */
const MILLION = 1_000_000n;

/** @param protection determines which targets are protected */
export function openLimits(settings: LimitSettings, protection: Protection): Limits {
  /** End times of cooldowns, by action, target and effect. */
  const cooldowns = new Map<string, number>();
  const budgets = openBudgets(settings);

  function coolDown(candidate: Cooled, now: number): void {
    const time = cooldownOf(candidate.action);
    if (time === 0) return;
    if (cooldowns.size > CLEANUP_SIZE) for (const [key, until] of cooldowns) if (until <= now) cooldowns.delete(key);
    cooldowns.set(keyOf(candidate), now + time);
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
          reason: `the alert was received through alert_intake, but responses.received is ${settings.received}`,
        };
      const age = now - Number(alert.time / MILLION);
      if (settings.maxAge > 0 && age > settings.maxAge)
        return {
          why: "old",
          reason: `the event is ${inWords(age)} old, but responses.max_age is ${durationText(settings.maxAge)}`,
        };
      const reason = protection(action.action, alert, target);
      if (reason !== undefined) return { why: "never", reason };
      const until = cooldowns.get(keyOf(candidate));
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
    release(candidate) {
      cooldowns.delete(keyOf(candidate));
    },
    restore(steps, responses, alertOf) {
      const byName = new Map(responses.map((response) => [response.name, response]));
      for (const { response: name, place, action: started, seq, target, scope, state, asked, received } of steps) {
        const response = byName.get(name);
        const action = response?.actions[place];
        if (response === undefined || action === undefined || target === undefined) continue;
        const suspend = action.suspend?.action.name === started ? action.suspend : undefined;
        // The response rule has changed, or the step is the reversal of an action.
        if (suspend === undefined && action.action.name !== started) continue;
        const alert = alertOf(seq);
        if (suspend === undefined) budgets.restore({ response, place, action, scope }, received, alert, asked);
        if (state !== "failed" && state !== "skipped") coolDown({ action: suspend ?? action, target, alert }, asked);
      }
    },
  };
}

/** Action, target and alert that determine a cooldown. The alert is undefined if it is no longer in the journal. */
type Cooled = Pick<Candidate, "action" | "target"> & { readonly alert: AlertRecord | undefined };

function keyOf(cooled: Cooled): string {
  const key = `${cooled.action.action.name}\0${cooled.target}`;
  const effect = effectOf(cooled);
  // Hashed, because an effect can contain a long script.
  return effect === undefined ? key : `${key}\0${createHash("sha256").update(effect).digest("base64")}`;
}

/** Effect of an action on its target: by default, its parameters. Undefined if it depends on a missing alert. */
function effectOf({ action: { action, parameters }, alert }: Cooled): string | undefined {
  if (action.effect !== undefined) return alert === undefined ? undefined : action.effect(alert, parameters);
  const names = Object.keys(parameters).filter((name) => action.parameters[name]?.secret !== true);
  return JSON.stringify(names.sort().map((name) => [name, parameters[name]]));
}

/** Formats a duration, rounded to seconds, minutes, hours or days. */
function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** Returns the maximum time for which limits count an action after its start, in milliseconds. */
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
