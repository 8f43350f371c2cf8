import { setTimeout as sleep } from "node:timers/promises";
import { seeded } from "../damaged/random.ts";
import { AFTER_FAULT, checkAlerts } from "./chaos/check.ts";
import { type Chaos, choose } from "./chaos/faults.ts";
import { SupervisedSensor } from "./chaos/sensor.ts";
import { buildStage } from "./chaos/stage.ts";
import type { Period } from "./chaos/truth.ts";
import type { AttackOptions, Outcome } from "./outcome.ts";

export interface ChaosOptions extends AttackOptions {
  /** Whether floods are among the faults. Default: true. */
  readonly flood?: boolean;
}

/**
 * Runs a live sensor under random faults: SIGKILL (also with full disks and broken rules), SIGSTOP, full disks, outages
 * of outputs, reloads of valid and broken rules, floods. An actor records its actions. For each action during which the
 * sensor received events, the journal must contain an alert, and every output must receive it.
 */
export async function attackChaos({ minutes, seed, report, flood = true }: ChaosOptions): Promise<Outcome> {
  const stage = await buildStage();
  const sensor = new SupervisedSensor(stage.config, (line) => {
    if (process.env.CHAOS_LOG !== undefined) report(`    ${line}`);
  });
  const chaos: Chaos = { stage, sensor, random: seeded(seed), outages: new Set(), flood, killsWhileFull: 0 };
  const happened = new Map<string, number>();
  const faulty: Period[] = [];
  await sensor.ready();
  const actor = stage.startActor();
  try {
    for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
      await sleep(2000 + chaos.random.below(4000));
      const fault = choose(chaos.random);
      happened.set(fault.name, (happened.get(fault.name) ?? 0) + 1);
      report(`  ${new Date().toISOString()} ${fault.name}`);
      const from = Date.now();
      await fault.run(chaos);
      if (fault.delays) faulty.push({ from, to: Date.now() + AFTER_FAULT });
    }
    await Promise.all(chaos.outages);
    await sensor.ready();
    await sleep(5000);
    actor.kill("SIGKILL");
    report(`faults: ${[...happened].map(([name, count]) => `${name} ${count}`).join(", ")}`);
    return await checkAlerts(chaos, faulty, report);
  } finally {
    actor.kill("SIGKILL");
    await sensor.stop();
    await stage.close();
  }
}
