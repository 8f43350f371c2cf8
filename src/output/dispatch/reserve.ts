import type { Alert } from "../../alert/alert.ts";
import type { BufferedAlert } from "./alert-source.ts";

/** Room beyond the limit of a queue, as part of the limit. */
const RESERVE = 0.25;
/** Alerts of a rule that wait already, as part of the limit, below which an alert may use the reserve. */
const [RARE, SEVERE] = [1 / 400, 1 / 8];
const severe: ReadonlySet<Alert["priority"]> = new Set<Alert["priority"]>(["Emergency", "Alert", "Critical"]);

/**
 * The alerts for which a queue has room, in order. Alerts of rare rules and severe ones have a reserve that alerts of
 * frequent rules cannot use.
 */
export function admitted(
  alerts: readonly BufferedAlert[],
  waiting: readonly BufferedAlert[],
  limit: number,
): readonly BufferedAlert[] {
  const room = Math.max(limit - waiting.length, 0);
  if (alerts.length <= room) return alerts;
  const taken = alerts.slice(0, room);
  const most = Math.floor(limit * (1 + RESERVE)) - waiting.length;
  if (most <= room) return taken;
  const left = leftByRule(alerts.slice(room), [waiting, taken], limit);
  for (let i = room; i < alerts.length && taken.length < most; i++) {
    const one = alerts[i];
    if (one === undefined) break;
    const rule = left.get(one.alert.rule) ?? 0;
    if (rule <= 0) continue;
    left.set(one.alert.rule, rule - 1);
    taken.push(one);
  }
  return taken;
}

/** Alerts of each rule for which the reserve has room. A frequent rule is recognized by the first alerts that wait. */
function leftByRule(
  alerts: readonly BufferedAlert[],
  waiting: readonly (readonly BufferedAlert[])[],
  limit: number,
): Map<string, number> {
  const left = new Map<string, number>();
  for (const { alert } of alerts) left.set(alert.rule, Math.ceil(limit * (severe.has(alert.priority) ? SEVERE : RARE)));
  let open = left.size;
  for (const each of waiting)
    for (const { alert } of each) {
      const rule = left.get(alert.rule) ?? 0;
      if (rule <= 0) continue;
      left.set(alert.rule, rule - 1);
      if (rule === 1 && --open === 0) return left;
    }
  return left;
}
