import type { DrillAction } from "./action.ts";

/** The parts of an alert that are compared. */
export interface SeenAlert {
  readonly rule: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface DrillVerdict {
  readonly action: string;
  readonly rule: string;
  /** Alerts of the rule whose fields hold what the action shows. */
  readonly alerts: number;
}

/** Reads alerts as JSON lines. Lines that are no alert are left out. */
export function readAlerts(text: string): SeenAlert[] {
  const alerts: SeenAlert[] = [];
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

/** For each action, how many of the alerts it explains. */
export function whichFired(actions: readonly DrillAction[], alerts: readonly SeenAlert[]): DrillVerdict[] {
  return actions.map((action) => ({
    action: action.name,
    rule: action.rule,
    alerts: alerts.filter((alert) => explains(action, alert)).length,
  }));
}

/** Whether an alert is the one that the action makes. */
export function explains(action: DrillAction, alert: SeenAlert): boolean {
  if (alert.rule !== action.rule) return false;
  return Object.entries(action.shows).every(([field, pattern]) => holds(alert.fields[field], pattern));
}

/** Whether a field holds a text in which `*` stands for anything, but not for nothing known. */
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
