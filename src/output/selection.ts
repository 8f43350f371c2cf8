import type { Alert } from "../alert/alert.ts";
import { withFields } from "../alert/fields.ts";
import { anyOf } from "./glob.ts";
import { delivered, type Output } from "./output.ts";

/** The alerts that an output gets, and their fields. */
export interface Selection {
  /** In lower case; less severe alerts stay away. */
  readonly minimumpriority: Lowercase<Alert["priority"]>;
  /** Alerts of these sources, and of rules with these names; `*` is any text. Empty: of all. */
  readonly sources: readonly string[];
  readonly rules: readonly string[];
  /** The fields that go out; `*` is any text. Empty: all that the alert has. */
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

/** An output that is only given the alerts, and of those the fields, that are selected for it. */
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
      // callers know the alerts as they were
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
