import type { AlertRecord } from "../alert/record.ts";
import type { ActionReason } from "../journal/action-entry.ts";
import { type Limits, openLimits } from "./limit/limits.ts";
import { openProtection } from "./limit/protected.ts";
import { scopeOf } from "./limit/scope.ts";
import type { Response, ResponseAction } from "./rule/response.ts";
import type { LimitSettings } from "./settings.ts";

/** An action that a response would run for an alert. */
export interface SimulatedStep {
  readonly response: Response;
  readonly place: number;
  readonly action: ResponseAction;
  readonly target: string | undefined;
  /** Reason why the action would not run; undefined if it would run. */
  readonly suppressed: { readonly why: ActionReason; readonly reason: string } | undefined;
}

/**
 * Predicts which actions would run for a sequence of alerts. Runs no actions, and assumes that each action succeeds.
 */
export interface Simulation {
  /** @param now time at which limits are evaluated, in milliseconds since the epoch */
  evaluate(alert: AlertRecord, now: number): SimulatedStep[];
}

/** @param root root of the machine's file system; undefined to ignore local processes */
export function openSimulation(
  responses: readonly Response[],
  settings: LimitSettings,
  root: string | undefined,
): Simulation {
  const limits = openLimits(settings, openProtection(settings.never, root));
  return {
    evaluate(alert, now) {
      const steps: SimulatedStep[] = [];
      for (const response of responses) {
        if (!response.matches(alert)) continue;
        for (const [place, action] of response.actions.entries()) {
          steps.push({ response, place, action, ...outcomeOf(response, place, action, alert, limits, now) });
          if (!action.continues) break;
        }
        if (!response.continues) break;
      }
      return steps;
    },
  };
}

function outcomeOf(
  response: Response,
  place: number,
  action: ResponseAction,
  alert: AlertRecord,
  limits: Limits,
  now: number,
): Pick<SimulatedStep, "target" | "suppressed"> {
  const found = action.action.target(alert, action.parameters);
  if ("missing" in found) return { target: undefined, suppressed: { why: "missing", reason: found.missing } };
  const { target } = found;
  const scope = scopeOf(alert, action.action);
  return { target, suppressed: limits.admit({ response, place, action, alert, target, scope }, now) };
}
