import { createHash } from "node:crypto";
import type { AlertRecord } from "../../alert/record.ts";
import type { ActionEntry } from "../../journal/action-entry.ts";
import type { Candidate } from "../limit/limits.ts";
import { scopeOf } from "../limit/scope.ts";
import type { Response, ResponseAction } from "../rule/response.ts";

/** An alert and a response that runs for it. */
export interface Chain {
  readonly response: Response;
  readonly alert: AlertRecord;
  readonly seq: number;
  /** Index of the next action. */
  at: number;
}

/** The next action of a chain; undefined at its end. */
export function actionOf({ response, at }: Chain): ResponseAction | undefined {
  return response.actions[at];
}

/** A new step for an action of a chain. */
export function newStep(
  { response, alert, seq, at }: Chain,
  { action }: ResponseAction,
  id: number,
  now: number,
): ActionEntry {
  return {
    ...{ id, seq, response: response.name, place: at, action: action.name, attempt: 1 },
    key: stepKey(alert.id, response.name, at, action.name),
    ...{ target: undefined, scope: scopeOf(alert, action), dryRun: false },
    ...{ state: "waiting", why: undefined, answer: undefined, time: now, asked: undefined, ended: undefined },
    ...(action.undoneBy !== undefined && { undoneBy: action.undoneBy }),
  };
}

/** The step of a chain as limits see it. */
export function candidateOf({ response, alert, at }: Chain, action: ResponseAction, step: ActionEntry): Candidate {
  return { response, place: at, action, alert, target: step.target ?? "", scope: step.scope };
}

/** A key that is unique to one action of one response for one alert. */
export function stepKey(alert: string, response: string, place: number, action: string): string {
  return createHash("sha256")
    .update(JSON.stringify([alert, response, place, action]))
    .digest("hex")
    .slice(0, 32);
}
