import type { AlertRecord } from "../alert/record.ts";
import type { Action, ActionRequest, ActionResult } from "./action.ts";
import { attempt } from "./attempt.ts";

/** A target, or a sentence on the field that the alert lacks. */
export type OrMissing<T> = T | { readonly missing: string };

/** How an action finds its target in an alert, and what it does to it. */
interface OnTarget<T extends object> {
  find(alert: AlertRecord): OrMissing<T>;
  /** The target in words: `app /shop/web`. */
  describe(target: T): string;
  /** May throw: the action fails then. */
  act(target: T, request: ActionRequest): Promise<ActionResult>;
}

/** `target` and `run` of an action whose target is named by the alert. */
export function onTarget<T extends object>({ find, describe, act }: OnTarget<T>): Pick<Action, "target" | "run"> {
  return {
    target(alert) {
      const found = find(alert);
      return "missing" in found ? found : { target: describe(found) };
    },
    run: (request) =>
      attempt(async () => {
        const found = find(request.alert);
        return "missing" in found ? { outcome: "failed", reason: found.missing } : act(found, request);
      }),
  };
}
