import type { StepReason } from "../journal/step.ts";
import type { AnsweredAlert } from "./action.ts";
import { openBrakes } from "./limit/limits.ts";
import { openNever } from "./limit/protected.ts";
import { scopeOf } from "./limit/scope.ts";
import type { Response, ResponseAction } from "./rule/response.ts";
import type { BrakeSettings } from "./settings.ts";

/** What would be done about an alert: one action. */
export interface RehearsedStep {
  readonly response: Response;
  readonly place: number;
  readonly action: ResponseAction;
  readonly target: string | undefined;
  /** Why it would not be done; undefined where it would. */
  readonly held: { readonly why: StepReason; readonly reason: string } | undefined;
}

/** Says what would be done about alerts, one after the other, as if all that is done worked; nothing is. */
export interface Rehearsal {
  /** @param now milliseconds since the epoch, for the brakes */
  answer(alert: AnsweredAlert, now: number): RehearsedStep[];
}

/** @param root where the machine's root is; undefined where no process of this machine is meant */
export function openRehearsal(
  responses: readonly Response[],
  settings: BrakeSettings,
  root: string | undefined,
): Rehearsal {
  const brakes = openBrakes(settings, openNever(settings.never, root));

  function held(response: Response, place: number, alert: AnsweredAlert, now: number): RehearsedStep {
    const action = response.actions[place];
    const step = { response, place, action, target: undefined, held: undefined };
    const found = action.action.target(alert, action.parameters);
    if ("missing" in found) return { ...step, held: { why: "missing", reason: found.missing } };
    const { target } = found;
    const scope = scopeOf(alert, action.action.name);
    const reason = brakes.take({ response, place, action, alert, target, scope }, now);
    return { ...step, target, held: reason };
  }

  return {
    answer(alert, now) {
      const steps: RehearsedStep[] = [];
      for (const response of responses) {
        if (!response.matches(alert)) continue;
        for (const place of response.actions.keys()) {
          steps.push(held(response, place, alert, now));
          if (!response.actions[place].continues) break;
        }
        if (!response.continues) break;
      }
      return steps;
    },
  };
}
