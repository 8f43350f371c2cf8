import { setTimeout as sleep } from "node:timers/promises";
import type { Weather } from "../../chaos/proxy.ts";
import type { Random } from "../../damaged/random.ts";
import type { SupervisedSensor } from "./sensor.ts";
import type { ChaosStage } from "./stage.ts";

/** Objects that the faults affect, and records of the faults. */
export interface Chaos {
  readonly stage: ChaosStage;
  readonly sensor: SupervisedSensor;
  readonly random: Random;
  /** Outages that have not ended yet. They overlap other faults. */
  readonly outages: Set<Promise<void>>;
  /** Whether floods are among the faults. */
  readonly flood: boolean;
  /** Number of times that the sensor was killed while the disk of the journal was full. */
  killsWhileFull: number;
}

interface Fault {
  readonly name: string;
  /** Relative frequency of the fault. */
  readonly weight: number;
  /** Whether alerts may be late because the fault affects the sensor, not only outputs. */
  readonly delays?: true;
  run(chaos: Chaos): Promise<void>;
}

/** Returns a random number of milliseconds, from `least` to below `most`. */
function some({ random }: Chaos, least: number, most: number): number {
  return least + random.below(most - least);
}

/** Starts an outage that ends after some time. Other faults can happen before it ends. */
function overlap(chaos: Chaos, outage: Promise<void>): void {
  const ended = outage.finally(() => chaos.outages.delete(ended));
  chaos.outages.add(ended);
}

const BROKEN = [
  "\n- rule: [",
  "\n- rule: Broken\n  condition: evt.type = \n",
  "\n- {{{{{{",
  "\n- rule: A\n  desc: a\n  condition: no.such.field = 1\n  output: x\n  priority: ERROR\n",
];

/** Replaces the rules with rules that do not load. */
function breakRules({ stage, random }: Chaos): void {
  stage.writeRules(BROKEN[random.below(BROKEN.length)] ?? "");
}

const WEATHER: readonly Weather[] = ["gone", "slow", "garbage"];
/**
 * Interval between a full disk and the next fault, in milliseconds. After this time, the alerts that waited in memory
 * are on disk.
 */
const SETTLE = 6000;

export const faults: readonly Fault[] = [
  {
    name: "SIGKILL",
    weight: 4,
    delays: true,
    run: ({ sensor }) => sensor.kill(),
  },
  {
    name: "SIGSTOP",
    weight: 2,
    delays: true,
    run: (chaos) => chaos.sensor.suspend(some(chaos, 500, 4000)),
  },
  {
    name: "outage",
    weight: 4,
    async run(chaos) {
      const proxies = chaos.stage.outputs.flatMap(({ proxy }) => (proxy === undefined ? [] : [proxy]));
      const proxy = proxies[chaos.random.below(proxies.length)];
      const weather = WEATHER[chaos.random.below(WEATHER.length)] ?? "gone";
      const duration = some(chaos, 3000, 20_000);
      if (proxy === undefined || chaos.outages.size > 0) return;
      await proxy.turn(weather);
      overlap(
        chaos,
        sleep(duration).then(() => proxy.turn("fair")),
      );
    },
  },
  {
    name: "rejection",
    weight: 1,
    async run(chaos) {
      chaos.stage.status = [429, 500, 503][chaos.random.below(3)] ?? 500;
      const duration = some(chaos, 2000, 10_000);
      overlap(
        chaos,
        sleep(duration).then(() => {
          chaos.stage.status = 200;
        }),
      );
    },
  },
  {
    name: "full disk of the journal",
    weight: 1,
    delays: true,
    async run(chaos) {
      await chaos.sensor.ready();
      const empty = chaos.stage.fill("journal");
      await sleep(some(chaos, 2000, 8000));
      empty();
      await sleep(SETTLE);
    },
  },
  {
    name: "full disk of the file",
    weight: 1,
    async run(chaos) {
      const empty = chaos.stage.fill("file");
      overlap(chaos, sleep(some(chaos, 2000, 8000)).then(empty));
    },
  },
  {
    name: "good rules",
    weight: 2,
    async run({ stage, random }) {
      stage.writeRules(`\n- list: chaos_${random.below(1e6)}\n  items: [a, b]\n`);
    },
  },
  {
    name: "broken rules",
    weight: 2,
    async run(chaos) {
      await chaos.sensor.ready(); // the sensor does not start with broken rules
      breakRules(chaos);
      await sleep(some(chaos, 1000, 4000));
      chaos.stage.writeRules("");
      await sleep(500);
    },
  },
  {
    name: "SIGKILL during a full disk of the journal",
    weight: 2,
    delays: true,
    async run(chaos) {
      const { sensor, stage } = chaos;
      await sensor.ready();
      const empty = stage.fill("journal");
      await sleep(some(chaos, 1000, 6000));
      await sensor.kill();
      chaos.killsWhileFull++;
      await sleep(some(chaos, 0, 8000)); // the next process starts on a full disk, or soon after the disk was full
      empty();
    },
  },
  {
    name: "SIGKILL with broken rules",
    weight: 2,
    delays: true,
    async run(chaos) {
      const { sensor, stage } = chaos;
      await sensor.ready();
      breakRules(chaos);
      await sleep(some(chaos, 0, 2000)); // during the reload, or after it
      sensor.rejectsRules = true;
      await sensor.kill();
      await sensor.started(); // the sensor may reject the rules: it omits some with a warning
      stage.writeRules("");
      await sensor.ready();
      sensor.rejectsRules = false;
    },
  },
  {
    name: "flood",
    weight: 1,
    delays: true,
    async run(chaos) {
      if (!chaos.flood) return;
      const loops = [chaos.stage.startFlood(), chaos.stage.startFlood()];
      await sleep(some(chaos, 1000, 6000));
      for (const loop of loops) loop.kill("SIGKILL");
    },
  },
];

/** Chooses a fault at random, by weight. */
export function choose(random: Random): Fault {
  let at = random.below(faults.reduce((sum, { weight }) => sum + weight, 0));
  for (const fault of faults) {
    at -= fault.weight;
    if (at < 0) return fault;
  }
  throw new RangeError("no faults");
}
