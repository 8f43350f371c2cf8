import type { DrillAction } from "./action.ts";

/** The parts of an alert that are compared with the expected values. */
export interface DrilledAlert {
  readonly rule: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface DrillVerdict {
  readonly action: string;
  readonly rule: string;
  /** Number of alerts of the rule with the expected fields. */
  readonly alerts: number;
}

/** Reads alerts from JSON lines. Other lines are ignored. */
export function readAlerts(text: string): DrilledAlert[] {
  const alerts: DrilledAlert[] = [];
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      continue;
    }
    if (!isRecord(value) || typeof value.rule !== "string") continue;
    alerts.push({ rule: value.rule, fields: isRecord(value.output_fields) ? value.output_fields : {} });
  }
  return alerts;
}

/** Counts the alerts that match each action. */
export function checkActions(actions: readonly DrillAction[], alerts: readonly DrilledAlert[]): DrillVerdict[] {
  return actions.map((action) => ({
    action: action.name,
    rule: action.rule,
    alerts: alerts.filter((alert) => matchesAction(action, alert)).length,
  }));
}

/** Whether an alert has the rule and the field values that an action is expected to produce. */
export function matchesAction(action: DrillAction, alert: DrilledAlert): boolean {
  if (alert.rule !== action.rule) return false;
  return Object.entries(action.shows).every(([field, pattern]) => holds(alert.fields[field], pattern));
}

/** Whether the value of a field matches a pattern with `*`. */
function holds(value: unknown, pattern: string): boolean {
  if (value === null || value === undefined) return false;
  const text = String(value);
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length >= at + last.length && text.endsWith(last);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
