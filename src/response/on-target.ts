import type { AlertRecord } from "../alert/record.ts";
import type { Action, ActionRequest, ActionResult } from "./action.ts";
import { attempt } from "./attempt.ts";

/** A target, or the reason why the alert has none. */
export type OrMissing<T> = T | { readonly missing: string };

/** Defines how an action finds its target in an alert, and what it does with the target. */
interface OnTarget<T extends object> {
  find(alert: AlertRecord): OrMissing<T>;
  /** Describes the target: `app /shop/web`. */
  describe(target: T): string;
  /** Performs the action. If it throws, the action fails. */
  act(target: T, request: ActionRequest): Promise<ActionResult>;
}

/** Returns `target` and `run` for an action whose target is in the alert. */
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
