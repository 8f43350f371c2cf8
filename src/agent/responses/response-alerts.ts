import type { InternalEvent } from "../../alert/internal.ts";
import type { ActionEntry, ActionState } from "../../journal/action-entry.ts";
import type { ExhaustedBudget } from "../../response/limit/limits.ts";
import { type AlertReference, REPORT } from "../../response/responder/events.ts";
import { rateText } from "../../response/rule/measures.ts";
import type { Priority } from "../../rule/rule.ts";

const priorities: Readonly<Partial<Record<ActionState, Priority>>> = {
  done: "Notice",
  failed: "Error",
  unknown: "Warning",
};

const verbs: Readonly<Partial<Record<ActionState, string>>> = {
  done: "ran",
  failed: "failed",
  unknown: "was interrupted with unknown outcome",
  skipped: "was skipped",
};

/** The alert about an action that ended. */
export function stepEvent(step: ActionEntry, alert: AlertReference): InternalEvent {
  const { action, response, target, state, why, answer, asked, ended } = step;
  const on = target === undefined ? "" : ` on ${target}`;
  return {
    rule: `${REPORT} ${state}`,
    priority: priorities[state] ?? "Informational",
    message: `${action}${on} ${verbs[state] ?? state} because of "${alert.rule}": ${answer ?? ""}`,
    fields: {
      "eyas.response": response,
      "eyas.response.action": action,
      "eyas.response.outcome": state,
      ...(target !== undefined && { "eyas.response.target": target }),
      ...(why !== undefined && { "eyas.response.why": why }),
      ...(answer !== undefined && { "eyas.response.answer": answer }),
      ...(asked !== undefined && ended !== undefined && { "eyas.response.milliseconds": ended - asked }),
      "eyas.response.key": step.key,
      "eyas.response.alert": alert.id,
      "eyas.response.rule": alert.rule,
    },
  };
}

/** The alert about an exhausted budget. */
export function budgetEvent({ of, rate, until }: ExhaustedBudget): InternalEvent {
  const next = Number.isFinite(until) ? ` It has room again at ${new Date(until).toISOString()}.` : "";
  return {
    rule: `${REPORT} budget used up`,
    priority: "Critical",
    message: `The budget of ${of}, ${rateText(rate)}, is exhausted: further actions are skipped.${next}`,
    fields: { "eyas.response.budget": of, "eyas.response.rate": rateText(rate) },
  };
}
