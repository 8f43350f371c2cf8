import type { Alert } from "../alert/alert.ts";
import { withFields } from "../alert/fields.ts";
import { anyOf } from "./glob.ts";
import { delivered, type Output } from "./output.ts";

/** The alerts that an output gets, and their fields. */
export interface Selection {
  /** In lower case; less severe alerts are dropped. */
  readonly minimumpriority: Lowercase<Alert["priority"]>;
  /** Sources and rules of the alerts; `*` is any text. Empty: all. */
  readonly sources: readonly string[];
  readonly rules: readonly string[];
  /** Fields that are sent; `*` is any text. Empty: all. */
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

/** Wraps an output so that it gets only the selected alerts and fields. */
export function selected(output: Output, selection: Selection): Output {
  const wants = wish(selection);
  const { fields } = selection;
  if (wants === undefined && fields.length === 0) return output;
  const choose = (batch: readonly Alert[]) => (wants === undefined ? batch : batch.filter(wants));
  const deliver: Output["deliver"] = async (batch) => {
    const wanted = choose(batch);
    return wanted.length === 0 ? delivered : output.deliver(wanted);
  };
  const whole = { ...output, ...(wants && { wants }), deliver };
  return fields.length === 0 ? whole : withFewerFields(whole, fields);
}

function withFewerFields(output: Output, fields: readonly string[]): Output {
  const keeps = anyOf(fields);
  return {
    ...output,
    async deliver(batch) {
      const given = batch.map((alert) => withFields(alert, keeps));
      const delivery = await output.deliver(given);
      if (delivery.outcome !== "partly") return delivery;
      // callers know the original alerts
      const before = new Map(given.map((alert, i) => [alert, batch[i]]));
      const original = (alert: Alert): Alert => before.get(alert) ?? alert;
      return {
        ...delivery,
        retry: delivery.retry.map(original),
        rejected: delivery.rejected.map(({ alert, reason }) => ({ alert: original(alert), reason })),
      };
    },
  };
}

/** Whether an alert is selected; undefined: all are. */
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
