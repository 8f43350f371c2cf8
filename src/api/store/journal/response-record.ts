import type { ActionEntry } from "../../../journal/action-entry.ts";
import type { ResponseRecord } from "../store.ts";

/** A response action in an answer of the API. @param alert its alert, if the answer is not about one alert */
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
