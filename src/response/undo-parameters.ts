import type { ActionEntry } from "../journal/action-entry.ts";
import type { Action } from "./action.ts";
import type { Response } from "./rule/response.ts";
import { type SharedParameters, sharedFor } from "./shared-parameters.ts";

/** Rules and shared parameters from which the parameters of reverting actions are taken. */
export interface UndoSettings {
  readonly responses: readonly Response[];
  readonly shared: SharedParameters;
}

/**
 * Returns the parameters of the action that reverts a step. For parameters that both actions have, such as the cluster,
 * the values come from the rule if it still exists. All other values come from the configuration or are defaults.
 */
export function undoParameters(
  { name, parameters }: Action,
  step: Pick<ActionEntry, "response" | "place" | "action">,
  { responses, shared }: UndoSettings,
): Readonly<Record<string, unknown>> {
  const response = responses.find((each) => each.name === step.response);
  const before = response?.actions[step.place];
  const given = before?.action.name === step.action ? before.parameters : {};
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([key, parameter]) => {
      const common = sharedFor(shared, name, key);
      const value =
        given[key] ??
        (common === undefined || common === "" ? undefined : parameter.check(common)) ??
        parameter.fallback;
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}
