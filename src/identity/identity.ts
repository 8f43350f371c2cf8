import { type Examine, type Program, type ProgramFacts, Programs } from "../machine/program.ts";
import { type Supervised, supervise } from "../worker/supervise.ts";
import type { Command, Message, Outcome, Remembered, WorkerSettings, WorkerStart } from "./messages.ts";
import { expectPackages, sharePackages } from "./packages/current.ts";
import { type PackageData, PackageIndex, packageVersion } from "./packages/databases.ts";
import { Root } from "./packages/root.ts";

/** Maximum number of executables that wait for examination. */
const MAX_WAITING = 2048;
/** Maximum number of executables whose facts can still change after their examination. */
const MAX_KNOWN = 16_384;

/** Maximum size of the young generation in the workers' heaps, in MiB. */
const MAX_YOUNG = 4;

/** Time to wait until the worker exits on close, in milliseconds. The worker may be hashing a large file. */
const CLOSING = 2000;

/** Maximum time that a worker takes to start on a busy machine, in milliseconds. */
const START_DELAY = 1000;
/** Interval between checks for changes to the package databases while the worker is paused, in milliseconds. */
const CHECK_EVERY = 5000;

const DEFAULTS = { maxBytes: 256 << 20, rate: 128 << 20, idle: 10_000 } as const;

/**
 * Examines the executables of a running machine and reads its package databases. The worker is stopped while it is
 * idle.
 */
export interface Identity {
  readonly programs: Programs;
  /** The packages of the machine; undefined until the databases are read. */
  readonly packages: PackageIndex | undefined;
  readonly counts: IdentityCounts;
  /** Whether the worker is running. */
  readonly isActive: boolean;
  close(): Promise<void>;
}

/** Number of examinations by outcome, and number of paths that packages own. */
export interface IdentityCounts {
  readonly outcomes: ReadonlyMap<Outcome, number>;
  readonly packagePaths: number;
}

export interface IdentityOptions extends Partial<WorkerSettings> {
  readonly hostRoot: string;
  /** Called when facts about executables are available, because events may be waiting for them. */
  readonly arrived: () => void;
  /** Called with one sentence for each database that cannot be read and for each failure of the worker. */
  readonly fault: (message: string) => void;
  /** Called when the package databases have been read, at startup and after changes. */
  readonly packagesRead?: (packages: PackageIndex) => void;
}

/** Starts the examination of executables. */
export function openIdentity({ arrived, fault, packagesRead, ...settings }: IdentityOptions): Identity {
  const outcomes = new Map<Outcome, number>();
  const known = new Map<number, Program>();
  const pending = new Set<number>();
  let packages: PackageIndex | undefined;
  let data: PackageData | undefined;
  /** State of the last worker that was stopped because it was idle. */
  let remembered: Remembered | undefined;
  let check: NodeJS.Timeout | undefined;
  let lastId = 0;

  const count = (outcome: Outcome) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  const learn = (id: number, facts: ProgramFacts): Program | undefined => {
    const program = known.get(id);
    if (program !== undefined) program.facts = facts;
    return program;
  };

  function receive(message: Exclude<Message, { kind: "closed" }>): void {
    if (message.kind === "idle") {
      pause(message.results);
      return;
    }
    if (message.kind === "packages") {
      data = message.packages;
      sharePackages(data);
      packages = new PackageIndex(message.packages);
      for (const one of message.packages.faults) fault(one);
      packagesRead?.(packages);
      return;
    }
    programs.startDelay = 0;
    const program = learn(message.id, message.facts);
    if (message.kind === "examined" && pending.delete(message.id)) count(message.outcome);
    if (message.kind === "examined" && message.final && program !== undefined)
      program.examination = stateAfter(message.outcome);
    arrived();
  }

  /** Stops the idle worker. A new worker is started for changed package databases or for the next executable. */
  function pause(results: Uint8Array): void {
    if (pending.size > 0 || data === undefined) return; // work was sent to the worker in the meantime
    const { version } = data;
    remembered = { results, packages: data };
    worker.pause();
    check ??= setInterval(() => {
      if (packageVersion(new Root(settings.hostRoot)) !== version) resume();
    }, CHECK_EVERY).unref();
  }

  function resume(): void {
    clearInterval(check);
    check = undefined;
    programs.startDelay = START_DELAY;
    worker.resume();
  }

  /** Returns the start data of a new worker. If the last worker failed, the data contains no results. */
  function begin(): WorkerStart {
    const known = remembered;
    remembered = undefined;
    return { ...DEFAULTS, ...settings, remembered: known };
  }

  const worker: Supervised<Command> = supervise<Command, Message>({
    url: new URL("./worker.ts", import.meta.url),
    data: begin,
    ...{ maxYoung: MAX_YOUNG, closeTimeout: CLOSING },
    onMessage: receive,
    onFailure(reason) {
      fault(`Cannot examine executables: ${reason}; restarting the worker`);
      for (const id of pending) {
        const program = known.get(id);
        if (program !== undefined) program.examination = "missed";
      }
      pending.clear();
      known.clear();
    },
  });
  worker.unref();
  expectPackages();

  const examine: Examine = (program, thread, isStarting) => {
    if (pending.size >= MAX_WAITING) {
      count("skipped");
      program.examination = "skipped";
      return false;
    }
    const id = ++lastId;
    const { path, ino, ctime } = program;
    const { pid, ptid: ppid, exeInoMtime: mtime } = thread;
    const executable = { pid, ppid, path, ino, ctime, mtime, isStarting };
    if (check !== undefined) resume();
    if (!worker.send({ kind: "examine", id, executable })) return false;
    pending.add(id);
    known.set(id, program);
    if (known.size > MAX_KNOWN) removeFirst(known);
    return true;
  };

  const programs = new Programs(examine);
  return {
    programs,
    get packages() {
      return packages;
    },
    get counts() {
      return { outcomes, packagePaths: packages?.size ?? 0 };
    },
    get isActive() {
      return check === undefined;
    },
    close() {
      clearInterval(check);
      return worker.close({ kind: "close" });
    },
  };
}

/**
 * Returns the state after an examination. An executable that is gone or was skipped is examined again at its next
 * start.
 */
function stateAfter(outcome: Outcome): Program["examination"] {
  return outcome === "gone" || outcome === "skipped" ? outcome : "done";
}

/** Removes the oldest entry of a map. */
function removeFirst<Key>(map: Map<Key, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
