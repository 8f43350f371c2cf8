import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alertLines } from "../alerts.ts";
import { HANG_MS, type Outcome, type Report } from "../outcome.ts";
import type { Chaos } from "./faults.ts";
import { type Action, during, exclusionOf, exclusions, MARGINS, numbersIn, type Period, readTruth } from "./truth.ts";

/** Time within which the outputs must deliver their backlog at the end, in seconds. */
const LAST_DELIVERY = 180;
/** Time after a start or fault of the sensor during which alerts may be late, in milliseconds. */
export const AFTER_FAULT = 10_000;
/**
 * Time before a log line about dropped events during which an alert may be missing, in milliseconds. The line is logged
 * once a second.
 */
const BEFORE_DROPS = 3000;

/**
 * Waits until the outputs have received all expected alerts, stops the sensor, and compares the record of the actor
 * with the journal and with the alerts that the outputs received.
 * @param faulty periods of faults, in which an alert may be late
 */
export async function checkAlerts(chaos: Chaos, faulty: readonly Period[], report: Report): Promise<Outcome> {
  const { stage, sensor } = chaos;
  const actions = readTruth(join(stage.marks, "truth"));
  const up = sensor.periods();
  const excluded = Map.groupBy(actions, (action) => exclusionOf(action, up, sensor.suspended));
  const expected = excluded.get(undefined) ?? [];
  const wanted = expected.map(({ number }) => number);
  const end = Date.now() + LAST_DELIVERY * 1000;
  for (const { numbers } of stage.outputs)
    while (Date.now() < end && lacking(wanted, new Set(await numbers())).length > 0) await sleep(500);
  await sensor.stop();

  const drops = sensor.drops.map((time) => beforeLine(time, sensor.suspended));
  const lost = new Set<number>();
  const inDrops = new Set<number>();
  const count = (name: string, there: ReadonlySet<number>, twice: number): void => {
    const missing = expected.filter(({ number }) => !there.has(number));
    const reasons = Map.groupBy(missing, (action) => (during(action, drops) ? inDrops : lost));
    for (const [reason, those] of reasons) for (const { number } of those) reason.add(number);
    const unseen = reasons.get(lost) ?? [];
    const size = (reason: Set<number>): number => reasons.get(reason)?.length ?? 0;
    report(
      `  ${name}: ${expected.length - missing.length} of ${expected.length}, ${twice} repeated, ${size(inDrops)} in dropped events, ${unseen.length} lost${first(unseen)}`,
    );
  };

  report(
    `${actions.length} actions, ${expected.length} of them expected (from ${MARGINS.afterStart} ms after a start to ${MARGINS.beforeKill} ms before a SIGKILL, without those during a SIGSTOP that ended less than ${MARGINS.afterSuspension} ms before a SIGKILL); not expected: ${exclusions.map((reason) => `${reason} ${excluded.get(reason)?.length ?? 0}`).join(", ")}`,
  );
  const inJournal = numbersIn(alertLines(stage.journal));
  const kept = new Set(inJournal);
  report(`  raised while the disk of the journal was full: ${sensor.heldBack.size}`);
  count("journal", kept, inJournal.length - kept.size);
  for (const { name, numbers } of stage.outputs) {
    const received = await numbers();
    count(name, new Set(received), received.length - new Set(received).size);
  }
  report(`  missing, but not counted as lost: ${inDrops.size} in dropped events`);
  report(
    `  ${sensor.kills} SIGKILLs, ${chaos.killsWhileFull} of them on a full disk; ${sensor.rejected} starts rejected broken rules`,
  );
  const ambiguous = [...stage.ids].filter(([, ids]) => ids.size > 1);
  if (ambiguous.length > 0)
    report(`  ${ambiguous.length} alerts repeated with another ID, the first for action ${ambiguous[0]?.[0]}`);
  const starts = up.map(({ from }) => ({ from, to: from + AFTER_FAULT }));
  const calm = expected.filter((action) => !during(action, faulty) && !during(action, starts));
  const late = calm.filter(({ number, end }) => (sensor.printed.get(number) ?? end) - end > HANG_MS);
  const slowest = Math.max(0, ...calm.map(({ number, end }) => (sensor.printed.get(number) ?? end) - end));
  report(`  slowest of ${calm.length} alerts without a fault of the sensor: ${slowest} ms`);
  if (late.length > 0) report(`  ${late.length} alerts later than ${HANG_MS} ms without a fault${first(late)}`);
  for (const crash of sensor.crashes) report(`  crash: ${crash}`);
  return {
    attempts: expected.length,
    crashes: sensor.crashes.length,
    hangs: late.length,
    lost: lost.size + ambiguous.length,
  };
}

/**
 * Returns the period to which a log line about dropped events refers. The period begins earlier if the sensor was
 * suspended.
 */
function beforeLine(time: number, suspended: readonly Period[]): Period {
  const from = time - BEFORE_DROPS;
  return {
    from: Math.min(from, ...suspended.flatMap((one) => (one.to > from && one.from < time ? [one.from] : []))),
    to: time,
  };
}

function lacking(wanted: readonly number[], there: ReadonlySet<number>): number[] {
  return wanted.filter((number) => !there.has(number));
}

function first(actions: readonly Action[]): string {
  const [action] = actions;
  return action === undefined ? "" : ` (first: ${action.number} at ${new Date(action.begin).toISOString()})`;
}
