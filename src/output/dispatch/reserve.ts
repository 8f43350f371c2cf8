import type { Alert } from "../../alert/alert.ts";
import type { BufferedAlert } from "./alert-source.ts";

/** Size of the reserve, relative to the limit of the queue. */
const RESERVE = 0.25;
/**
 * A rule can use the reserve while its number of queued alerts is below this fraction of the queue limit. The fractions
 * are for alerts in general and for severe alerts.
 */
const [RARE, SEVERE] = [1 / 400, 1 / 8];
const severe: ReadonlySet<Alert["priority"]> = new Set<Alert["priority"]>(["Emergency", "Alert", "Critical"]);

/** Returns the alerts that fit into a queue, in order. Severe alerts and alerts for rare rules can use a reserve. */
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

/** Returns how many alerts of each rule can still use the reserve. */
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
