import type { Document } from "../../event/document.ts";
import { codeVariables } from "../../machine/injection.ts";
import type { Machine } from "../../machine/machine.ts";
import { PastThreads } from "../../machine/past-threads.ts";
import type { Thread } from "../../machine/thread.ts";
import { removesOldLogs } from "./log-programs.ts";
import type { Actor, Manager, ManagerRun, SeenProcess } from "./messages.ts";
import { elapsed } from "./state.ts";

/** Interval between checks of whether the earlier system calls of a thread have been evaluated, in milliseconds. */
const CHECK = 50;
/** Maximum time to wait for the evaluation of system calls on a busy machine, in milliseconds. */
const LONGEST = 30_000;
/** Maximum number of stored actors, and of threads with stored executions of managers. */
const MAX_KEPT = 4096;
/** Maximum difference between the recorded time of an execution and the time of its execve(2), in milliseconds. */
const RUN_MARGIN = 1000;
/**
 * Maximum delay between an execve(2) and its recorded execution if the thread still runs the manager's executable, in
 * milliseconds. The delay can be long on a busy machine.
 */
const LATEST_RUN = 30_000;
/** Environment variables that make a manager run another program's code. */
const INJECTION = new RegExp(
  `^(?:LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|GCONV_PATH|${codeVariables.bash}|${codeVariables.python}|${codeVariables.perl}|` +
    `${codeVariables.ruby})=.`,
);
/** Directories with executables that packages install. */
const SYSTEM = /^\/(?:usr|bin|sbin|lib\w*|var\/lib\/dpkg)\//;
/** Maintainer scripts of dpkg packages, and the frontend of debconf, which runs these scripts. */
const DPKG_SCRIPT = /^\/(?:var\/lib\/dpkg\/(?:info|tmp\.ci)\/|usr\/share\/debconf\/frontend$)/;
/** Interpreter options that the `#!` line of a script can set. */
const SCRIPT_OPTION = /^-[ewuxTt]+$/;
const SHELL = /\/(?:ba|da)?sh$/;

/** The process that made a change. */
export interface Attributed {
  /** The thread and its ancestors; empty if unknown. */
  readonly lineage: readonly Thread[];
  /** The process as read from `/proc`; undefined if it had exited. */
  readonly seen: SeenProcess | undefined;
  /**
   * The manager that made the change, such as a package manager; undefined unless all actors of the change belong to
   * managers.
   */
  readonly manager: Manager | undefined;
}

interface Kept {
  readonly actor: Actor;
  /** Position in the common sequence of actors and executions, in the order of events in the kernel's queue. */
  readonly order: number;
  /** The thread and its ancestors; undefined until its earlier system calls have been evaluated. */
  lineage: readonly Thread[] | undefined;
}

interface KeptRun extends ManagerRun {
  readonly order: number;
}

const UNKNOWN: Attributed = { lineage: [], seen: undefined, manager: undefined };

/** Finds, in the tracked state of the machine, the processes that changed files. */
export class Attribution {
  private readonly past: PastThreads;
  private readonly actors = new Map<number, Kept>();
  private readonly runs = new Map<number, KeptRun[]>();
  private readonly lineages = new WeakMap<object, readonly Thread[]>();
  private readonly oldestUnread: () => number | undefined;
  /** Actors without a lineage, oldest first. */
  private readonly unsettled = new Set<Kept>();
  private timer: NodeJS.Timeout | undefined;
  private order = 0;

  /**
   * @param oldestUnread returns the time of the oldest system call that has not been evaluated, in milliseconds since
   * the epoch; undefined if there is none, -1 if its time is unknown
   */
  constructor(machine: Machine, oldestUnread: () => number | undefined = () => undefined) {
    this.past = new PastThreads(machine);
    this.oldestUnread = oldestUnread;
    machine.past = this.past;
  }

  /** Records threads that changed files. */
  noteActors(actors: readonly Actor[]): void {
    for (const actor of actors) {
      const kept: Kept = { actor, order: this.order++, lineage: undefined };
      this.actors.set(actor.id, kept);
      this.unsettled.add(kept);
      if (this.actors.size > MAX_KEPT) this.dropOldest();
    }
    this.timer ??= setTimeout(() => this.settle(), CHECK).unref();
  }

  private dropOldest(): void {
    for (const [id, kept] of this.actors) {
      this.actors.delete(id);
      this.unsettled.delete(kept);
      return;
    }
  }

  /** Looks up the actors whose earlier system calls have been evaluated. */
  private settle(): void {
    this.timer = undefined;
    const now = Date.now();
    const unread = this.oldestUnread();
    for (const kept of this.unsettled) {
      const { actor } = kept;
      const isEvaluated = unread === undefined || unread > actor.time;
      if (!isEvaluated && elapsed(actor.time, now) < LONGEST) break;
      kept.lineage = this.lineage(actor);
      this.unsettled.delete(kept);
    }
    if (this.unsettled.size > 0) this.timer = setTimeout(() => this.settle(), CHECK).unref();
  }

  /** Whether the result of {@link of} for these actors is final. */
  areSettled(ids: readonly number[]): boolean {
    return ids.every((id) => {
      const kept = this.actors.get(id);
      return kept === undefined || !this.unsettled.has(kept);
    });
  }

  /** Records executions of managers. */
  noteRuns(runs: readonly ManagerRun[]): void {
    for (const run of runs) {
      if (this.runs.size > MAX_KEPT) this.runs.clear();
      const before = this.runs.get(run.tid) ?? [];
      this.runs.set(run.tid, [...before.slice(-7), { ...run, order: this.order++ }]);
    }
  }

  /**
   * Finds the process that made a change.
   * @param ids actor numbers of the change
   * @param more whether the change had more actors than `ids` contains
   * @param removed path of the removed file, if the change is a removal: log programs then count as managers too
   */
  of(ids: readonly number[], more: boolean, removed?: string): Attributed {
    const all = ids.flatMap((id) => {
      const kept = this.actors.get(id);
      if (kept === undefined) return [];
      const known = kept.lineage ?? [];
      return [{ kept, lineage: known.length > 0 ? known : this.lineage(kept.actor) }];
    });
    const managed = all.map(({ kept, lineage }) => this.managerIn(lineage, kept, removed));
    const other = managed.indexOf(undefined);
    const chosen = all[Math.max(other, 0)];
    if (chosen === undefined) return UNKNOWN;
    const isManaged = other < 0 && !more && all.length === ids.length;
    return {
      lineage: chosen.lineage,
      seen: chosen.kept.actor.seen,
      manager: isManaged ? managed[0] : undefined,
    };
  }

  /** Stores the lineage of the process that made a change, for the evaluation of the document. */
  keep(document: Document["value"], lineage: readonly Thread[]): void {
    if (lineage.length > 0) this.lineages.set(document, lineage);
  }

  /** Returns the lineage that {@link keep} stored for a document; empty if there is none. */
  lineageOf(document: Document["value"]): readonly Thread[] {
    return this.lineages.get(document) ?? [];
  }

  private lineage({ tid, time }: Actor): readonly Thread[] {
    return this.past.lineage(tid, time * 1e6);
  }

  /** Returns the manager that a thread runs or descends from. */
  private managerIn(lineage: readonly Thread[], { order }: Kept, removed?: string): Manager | undefined {
    for (const [i, thread] of lineage.entries()) {
      const manager = this.runOf(thread, order)?.manager;
      if (manager === undefined) continue;
      if (manager.kind === "package") return isOfPackage(lineage.slice(0, i), manager) ? manager : undefined;
      if (manager.kind === "configuration") return manager;
      if (removed !== undefined && removesOldLogs(manager, thread.args, removed)) return manager;
    }
    return undefined;
  }

  private runOf(thread: Thread, order: number): KeptRun | undefined {
    const runs = this.runs.get(thread.pid);
    if (runs === undefined) return undefined;
    const executed = Number(thread.lastExecTime) / 1e6;
    const run = runs.findLast(({ order: its, isEarlier, time, manager }) => {
      if (its >= order) return false;
      if (isEarlier === true) return executed <= time;
      const latest = manager.paths.includes(thread.exepath) ? LATEST_RUN : RUN_MARGIN;
      return time - executed > -RUN_MARGIN && time - executed < latest;
    });
    if (run === undefined || thread.env.some((each) => INJECTION.test(each))) return undefined;
    const { paths } = run.manager;
    return paths.includes(thread.exepath) || paths.includes(thread.args[0] ?? "") ? run : undefined;
  }
}

/**
 * Whether a package manager itself or one of its package scripts made a change, not a command that a user passed to the
 * manager.
 * @param below the thread that made the change and its ancestors below the manager
 */
function isOfPackage(below: readonly Thread[], { paths }: Manager): boolean {
  const child = below.at(-1);
  if (child === undefined) return true;
  const isDpkg = paths[0]?.includes("/dpkg") === true;
  const isScript = isDpkg ? DPKG_SCRIPT.test(scriptOf(child)) : child.args[0] !== "-c";
  return isScript && below.every(({ exepath }) => SYSTEM.test(exepath));
}

/** Returns the path of the script that a thread runs; "" if it has options that a `#!` line cannot set. */
function scriptOf({ exepath, args }: Thread): string {
  if (DPKG_SCRIPT.test(exepath)) return exepath;
  const at = args.findIndex((each) => !each.startsWith("-"));
  const options = args.slice(0, Math.max(at, 0));
  // In interpreters other than shells, -e runs code.
  const areFromScript = options.every(
    (each) => SCRIPT_OPTION.test(each) && (SHELL.test(exepath) || !each.includes("e")),
  );
  return areFromScript ? (args[at] ?? "") : "";
}
