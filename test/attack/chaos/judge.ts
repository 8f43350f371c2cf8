import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { alertLines } from "../alerts.ts";
import { HANG_MS, type Outcome, type Report } from "../outcome.ts";
import type { Chaos } from "./faults.ts";
import { type Action, during, MARGINS, numbersIn, type Period, readTruth, watched } from "./truth.ts";

/** Seconds that outputs get for their backlog at the end. */
const LAST_DELIVERY = 180;
/** Milliseconds before a log line on dropped events in which an alert may be missing: it is logged once a second. */
const BEFORE_DROPS = 3000;

/**
 * Waits for the backlog of outputs, stops the sensor, and compares the actor's record with journal and outputs.
 * @param faulty periods in which an alert may be late: of all faults
 */
export async function judge(chaos: Chaos, faulty: readonly Period[], report: Report): Promise<Outcome> {
  const { stage, sensor } = chaos;
  const actions = readTruth(join(stage.marks, "truth"));
  const expected = watched(actions, sensor.periods(), sensor.suspended);
  const wanted = expected.map(({ number }) => number);
  for (const { numbers } of stage.outputs) {
    const lacks = async (): Promise<boolean> => lacking(wanted, new Set(await numbers())).length > 0;
    for (const end = Date.now() + LAST_DELIVERY * 1000; Date.now() < end && (await lacks()); ) await sleep(500);
  }
  await sensor.stop();

  const drops = sensor.drops.map((time) => ({ from: time - BEFORE_DROPS, to: time }));
  const lost = new Set<number>();
  const count = (name: string, there: ReadonlySet<number>, twice: number): void => {
    const missing = expected.filter(({ number }) => !there.has(number));
    const unseen = missing.filter((action) => !during(action, drops));
    for (const { number } of unseen) lost.add(number);
    const dropped = missing.length - unseen.length;
    report(
      `  ${name}: ${expected.length - missing.length} of ${expected.length}, ${twice} repeated, ${dropped} in dropped events, ${unseen.length} lost${first(unseen)}`,
    );
  };

  report(
    `${actions.length} actions, ${expected.length} of them watched: from ${MARGINS.afterStart} ms after the start to ${MARGINS.beforeKill} ms before a SIGKILL, and not until ${MARGINS.afterSuspension} ms after SIGCONT`,
  );
  const inJournal = numbersIn(alertLines(stage.journal));
  const kept = new Set(inJournal);
  report(`  written late, after a full disk: ${sensor.heldBack.size}`);
  count("journal", kept, inJournal.length - kept.size);
  for (const { name, numbers } of stage.outputs) {
    const received = await numbers();
    count(name, new Set(received), received.length - new Set(received).size);
  }
  const ambiguous = [...stage.ids].filter(([, ids]) => ids.size > 1);
  if (ambiguous.length > 0)
    report(`  ${ambiguous.length} repeated alerts with another ID, the first of action ${ambiguous[0]?.[0]}`);
  const calm = expected.filter((action) => !during(action, faulty));
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

function lacking(wanted: readonly number[], there: ReadonlySet<number>): number[] {
  return wanted.filter((number) => !there.has(number));
}

function first(actions: readonly Action[]): string {
  const [action] = actions;
  return action === undefined ? "" : ` (first: ${action.number} at ${new Date(action.begin).toISOString()})`;
}
