import { createHash } from "node:crypto";
import type { AlertRecord } from "../../alert/record.ts";
import type { ActionEntry } from "../../journal/action-entry.ts";
import type { Candidate } from "../limit/limits.ts";
import { scopeOf } from "../limit/scope.ts";
import type { Response, ResponseAction } from "../rule/response.ts";

/** A response in progress for an alert. */
export interface Chain {
  readonly response: Response;
  readonly alert: AlertRecord;
  readonly seq: number;
  /** Index of the next action. */
  at: number;
}

/** Returns the next action of a chain; undefined at its end. */
export function actionOf({ response, at }: Chain): ResponseAction | undefined {
  return response.actions[at];
}

/** Creates a step for the current action of a chain. */
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

/** Returns the data of a step that is needed to evaluate limits. */
export function candidateOf({ response, alert, at }: Chain, action: ResponseAction, step: ActionEntry): Candidate {
  return { response, place: at, action, alert, target: step.target ?? "", scope: step.scope };
}

/** Returns a key that identifies an action of a response for an alert. */
export function stepKey(alert: string, response: string, place: number, action: string): string {
  return createHash("sha256")
    .update(JSON.stringify([alert, response, place, action]))
    .digest("hex")
    .slice(0, 32);
}
