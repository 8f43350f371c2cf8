import type { InternalEvent } from "../../alert/internal.ts";
import { NOTIFIERS } from "../../alert/notified.ts";
import type { ActionEntry, ActionState } from "../../journal/action-entry.ts";
import { type AlertReference, type Exhaustion, REPORT } from "../../response/responder/events.ts";
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
  unknown: "was interrupted; its outcome is unknown",
  skipped: "was skipped",
};

/** The alert that reports the outcome of an action. */
export function stepEvent(step: ActionEntry, alert: AlertReference, notifiers: readonly string[] = []): InternalEvent {
  const { action, response, target, state, why, answer, asked, ended } = step;
  const on = target === undefined ? "" : ` on ${target}`;
  return {
    rule: `${REPORT} ${state}`,
    priority: priorities[state] ?? "Informational",
    message: `${action}${on} in response to "${alert.rule}" ${verbs[state] ?? state}: ${answer ?? ""}`,
    fields: {
      "eyas.response": response,
      "eyas.response.action": action,
      "eyas.response.outcome": state,
      ...(target !== undefined && { "eyas.response.target": target }),
      ...(why !== undefined && { "eyas.response.why": why }),
      ...(answer !== undefined && { "eyas.response.answer": answer }),
      ...(asked !== undefined && ended !== undefined && { "eyas.response.milliseconds": ended - asked }),
      ...(notifiers.length > 0 && { [NOTIFIERS]: notifiers.join(", ") }),
      "eyas.response.key": step.key,
      "eyas.response.alert": alert.id,
      "eyas.response.rule": alert.rule,
    },
  };
}

/** The workloads that use most of a budget, as text. */
export function usersText(users: Exhaustion["users"]): string {
  return users.map(({ workload, count, subject }) => `${workload} (${count}, mostly ${subject})`).join(", ");
}

/** The alert that reports an exhausted budget. */
export function budgetEvent({ of, rate, most, part, until, users }: Exhaustion, suspends: boolean): InternalEvent {
  const size = part === "total" ? rateText(rate) : `${most} of ${rateText(rate)}`;
  const used = usersText(users);
  return {
    rule: `${REPORT} budget exhausted`,
    priority: "Critical",
    message:
      `The budget of ${of}, ${size}, is exhausted: ${suspends ? "targets are suspended" : "subsequent actions are skipped"}. ` +
      `Actions are allowed again at ${new Date(until).toISOString()}.${used === "" ? "" : ` Top consumers: ${used}.`}`,
    fields: {
      "eyas.response.budget": of,
      "eyas.response.budget.part": part,
      "eyas.response.budget.users": used,
      "eyas.response.rate": rateText(rate),
    },
  };
}
