import type { Alert } from "../alert/alert.ts";
import { withFields } from "../alert/fields.ts";
import { isNotified } from "../alert/notified.ts";
import { notifierOutputs } from "../alert/notifier-outputs.ts";
import { idOf } from "./alert-facts.ts";
import { anyOf } from "./glob.ts";
import { mapped } from "./mapped.ts";
import { delivered, type Output } from "./output.ts";

/** Selects alerts and fields for an output. */
export interface Selection {
  /** Minimum priority, in lower case. */
  readonly minimumpriority: Lowercase<Alert["priority"]>;
  /** Sources and rules of the alerts; `*` matches any text. Empty: all. */
  readonly sources: readonly string[];
  readonly rules: readonly string[];
  /** Fields to send; `*` matches any text. Empty: all. */
  readonly fields: readonly string[];
}

const order: readonly string[] = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "informational",
  "debug",
];

/**
 * Wraps an output to deliver only the selected alerts and fields. An alert about a response can name notifiers. An
 * output that can be a notifier gets this alert if and only if the alert names the output, regardless of the selection
 * of alerts.
 */
export function selected(output: Output, selection: Selection): Output {
  const wants = notified(output.name, wish(selection));
  const { fields } = selection;
  if (wants === undefined && fields.length === 0) return output;
  const choose = (batch: readonly Alert[]) => (wants === undefined ? batch : batch.filter(wants));
  const deliver: Output["deliver"] = async (batch) => {
    const wanted = choose(batch);
    return wanted.length === 0 ? delivered : output.deliver(wanted);
  };
  const whole = { ...output, ...(wants && { wants }), deliver };
  if (fields.length === 0) return whole;
  const keeps = anyOf(fields);
  return mapped(whole, (alert) => {
    const reduced = withFields(alert, keeps);
    return reduced === alert ? alert : { ...reduced, id: idOf(alert) };
  });
}

/** Extends the selection of an output that can be a notifier. */
function notified(name: string, wants: Output["wants"]): Output["wants"] {
  if (!notifierOutputs.some((each) => each === name)) return wants;
  return (alert) => isNotified(alert, name) ?? wants?.(alert) ?? true;
}

/** Returns a function that selects alerts; undefined if all are selected. */
function wish({ minimumpriority, sources, rules }: Selection): ((alert: Alert) => boolean) | undefined {
  const least = order.indexOf(minimumpriority);
  const tests: ((alert: Alert) => boolean)[] = [];
  if (least < order.length - 1) tests.push(({ priority }) => order.indexOf(priority.toLowerCase()) <= least);
  for (const [patterns, part] of [
    [sources, "source"],
    [rules, "rule"],
  ] as const) {
    if (patterns.length === 0) continue;
    const fits = anyOf(patterns);
    tests.push((alert) => fits(alert[part]));
  }
  return tests.length === 0 ? undefined : (alert) => tests.every((test) => test(alert));
}
