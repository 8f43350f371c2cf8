import type { PartName } from "../parts/parts.ts";
import { attackDoors } from "./doors.ts";
import type { Outcome, Report } from "./outcome.ts";
import { attackLoading } from "./structure-fuzz.ts";

/** Extent of a run of attacks. */
export interface Extent {
  /** Minutes of the fuzz; other attacks with a duration take a part of it. */
  readonly minutes: number;
  readonly seed: number;
  readonly report: Report;
}

/** An attack as a row of the table. Modules are loaded when it runs. */
export interface Attack {
  readonly name: string;
  readonly about: string;
  /** Parts of the test environment that it needs. */
  readonly needs: readonly PartName[];
  /** Whether it runs only where it is named. */
  readonly named?: true;
  run(extent: Extent): Promise<Outcome>;
}

/** Minutes of a complete run, for which the counts of damage are stated. */
export const COMPLETE = 20;

/** Part of a number of a complete run, at least 1. */
function share(whole: number, minutes: number): number {
  return Math.max(1, Math.round(Math.min(1, minutes / COMPLETE) * whole));
}

/** In the order of a run: those that need the processors for themselves come first. */
export const attacks: readonly Attack[] = [
  {
    name: "flood",
    about: "two unprivileged loops that raise alerts as fast as they can",
    needs: ["root", "sensor"],
    run: async ({ minutes, ...more }) =>
      (await import("./flood.ts")).attackFlood({ ...more, minutes: Math.max(0.1, minutes / 20) }),
  },
  {
    name: "doors",
    about: "connections, gzip and JSON bombs, slow bodies, wrong tokens, malformed requests",
    needs: ["root", "sensor"],
    run: ({ minutes, ...more }) => attackDoors({ ...more, minutes: minutes / 4 }),
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
    about: "rule files, response rules and configurations that grow, nest and repeat what is there",
    needs: [],
    run: async (extent) => ({ ...(await attackLoading(extent)), lost: undefined }), // no running program
  },
  {
    name: "chaos",
    about: "SIGKILL, SIGSTOP, full disks, outages of outputs, reloads and floods, against a record of actions",
    needs: ["root", "sensor", "mount namespaces", "redis-server", "rsyslogd"],
    named: true,
    run: async (extent) => (await import("./chaos.ts")).attackChaos(extent),
  },
];
