import type { ActionEntry } from "../../../journal/action-entry.ts";
import type { ResponseRecord } from "../store.ts";

/**
 * Converts a response action to the format of the API.
 * @param alert the alert of the action, for lists of several alerts
 */
export function responseRecord(
  step: ActionEntry,
  alert?: { readonly id: string; readonly rule: string },
): ResponseRecord {
  const { time, response, action, target, state, why, answer, asked, ended } = step;
  const reason = why ?? answer;
  return {
    time: new Date(time).toISOString(),
    response,
    action,
    target: target ?? "",
    step: state,
    ...(reason !== undefined && { reason }),
    ...(asked !== undefined && ended !== undefined && { duration: (ended - asked) / 1000 }),
    ...(alert && { alert: alert.id, rule: alert.rule }),
  };
}
