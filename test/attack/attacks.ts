import type { PartName } from "../parts/parts.ts";
import { attackListeners } from "./listeners.ts";
import type { Outcome, Report } from "./outcome.ts";
import { attackLoading } from "./structure-fuzz.ts";

/** Extent of a series of attacks. */
export interface Extent {
  /** Duration of the fuzz attack, in minutes. Other timed attacks run for a fraction of this time. */
  readonly minutes: number;
  readonly seed: number;
  readonly report: Report;
}

/** An attack, as a row of the table. The modules of the attack are loaded when it runs. */
export interface Attack {
  readonly name: string;
  readonly about: string;
  /** Parts of the test environment that the attack needs. */
  readonly needs: readonly PartName[];
  /** Whether the attack runs only if it is selected by name. */
  readonly named?: true;
  run(extent: Extent): Promise<Outcome>;
}

/** Duration of a complete series, in minutes. The counts of damage refer to a complete series. */
export const COMPLETE = 20;

/** Scales a count of a complete series to a shorter duration in minutes. The result is at least 1. */
function share(whole: number, minutes: number): number {
  return Math.max(1, Math.round(Math.min(1, minutes / COMPLETE) * whole));
}

/** All attacks, in the order in which they run. Attacks that need all processors come first. */
export const attacks: readonly Attack[] = [
  {
    name: "flood",
    about: "two unprivileged loops that raise alerts as fast as they can",
    needs: ["root", "sensor"],
    run: async ({ minutes, ...more }) =>
      (await import("./flood.ts")).attackFlood({ ...more, minutes: Math.max(0.1, minutes / 20) }),
  },
  {
    name: "listeners",
    about: "connections, gzip and JSON bombs, slow bodies, wrong tokens, malformed requests",
    needs: ["root", "sensor"],
    run: ({ minutes, ...more }) => attackListeners({ ...more, minutes: minutes / 4 }),
  },
  {
    name: "memory",
    about: "floods and the drill in cgroups of 150, 256 and 512 MB",
    needs: ["root", "sensor", "memory cgroups"],
    run: async ({ minutes, ...more }) => (await import("./memory.ts")).attackMemory({ ...more, minutes: minutes / 10 }),
  },
  {
    name: "journal",
    about: "kinds of damage to journals (test/attack/journal-damages.ts), and series of bit flips",
    needs: [],
    run: async ({ minutes, seed, report }) =>
      (await import("./journal-damage.ts")).attackJournal({
        seeds: share(20, minutes),
        flips: share(50, minutes),
        firstSeed: seed,
        report,
      }),
  },
  {
    name: "fuzz",
    about: "rule files, response rules and configurations with enlarged, nested and repeated content",
    needs: [],
    run: async (extent) => ({ ...(await attackLoading(extent)), lost: undefined }), // no program runs
  },
  {
    name: "chaos",
    about: "SIGKILL, SIGSTOP, full disks, outages of outputs, reloads and floods, while a process records its actions",
    needs: ["root", "sensor", "mount namespaces", "redis-server", "rsyslogd"],
    named: true,
    run: async (extent) => (await import("./chaos.ts")).attackChaos(extent),
  },
];
