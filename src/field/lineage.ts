import type { Machine } from "../machine/machine.ts";
import { isInPidNamespace, mainThread, type Thread } from "../machine/thread.ts";

/** The ancestor process `steps` generations up; 0 is the process itself. */
export function ancestor(machine: Machine, thread: Thread, steps: number): Thread | undefined {
  let at = mainThread(thread);
  for (let i = 0; i < steps && at !== undefined; i++) {
    const parent = machine.threads.get(at.ptid);
    at = parent === undefined ? undefined : mainThread(parent);
  }
  return at;
}

/** Maximum number of ancestors that are searched, since parent links may form a loop. */
const MAX_GENERATIONS = 4096;

/**
 * Maximum number of ancestors that are searched on a live machine. Without a limit, each execution in a chain of tens of
 * thousands of processes takes milliseconds.
 */
const MAX_LIVE_GENERATIONS = 1024;

/** Number of ancestors after which a search on a live machine begins to detect loops. Most processes have fewer. */
const FIRST_MARK = 16;

/**
 * Calls `matches` for the value of each ancestor that has one, beginning with the parent, until it returns true. Stops
 * if the ancestors form a loop, and on a live machine after {@link MAX_LIVE_GENERATIONS}.
 */
export function someParent<T>(
  machine: Machine,
  thread: Thread,
  read: (parent: Thread) => T | undefined,
  matches: (value: T) => boolean,
): boolean {
  return machine.isLive
    ? someLiveParent(machine, thread, read, matches)
    : someCapturedParent(machine, thread, read, matches);
}

/** Looks up each ancestor once: Brent's algorithm detects loops. */
function someLiveParent<T>(
  { threads }: Machine,
  thread: Thread,
  read: (parent: Thread) => T | undefined,
  matches: (value: T) => boolean,
): boolean {
  let mark: Thread | undefined;
  let nextMark = FIRST_MARK;
  let at = threads.get(thread.ptid);
  for (let i = 1; at !== undefined && at.tid !== -1 && at !== mark && i <= MAX_LIVE_GENERATIONS; i++) {
    const value = read(at);
    if (value !== undefined && matches(value)) return true;
    if (at.tid === at.ptid) return false;
    if (i === nextMark) {
      mark = at;
      nextMark *= 2;
    }
    at = threads.get(at.ptid);
  }
  return false;
}

/** Stops at the same ancestor as Falco if the ancestors form a loop. */
function someCapturedParent<T>(
  { threads }: Machine,
  thread: Thread,
  read: (parent: Thread) => T | undefined,
  matches: (value: T) => boolean,
): boolean {
  let slow = threads.get(thread.ptid);
  let fast = slow === undefined ? undefined : threads.get(slow.ptid);
  while (slow !== undefined && slow.tid !== -1) {
    const value = read(slow);
    if (value !== undefined && matches(value)) return true;
    slow = threads.get(slow.ptid);
    for (let step = 0; step < 2; step++) {
      if (fast !== undefined) fast = threads.get(fast.ptid);
      if (slow !== undefined && (slow === fast || slow.tid === slow.ptid)) return false;
    }
  }
  return false;
}

/**
 * The leader of a session or process group. For IDs on the host, this is the thread with the ID or, if that thread is
 * unknown, the oldest ancestor with the same session or group.
 * @param idOf returns the session ID or group ID of a thread
 * @param virtual whether the ID belongs to the PID namespace of the thread
 */
export function leader(
  machine: Machine,
  thread: Thread,
  idOf: (thread: Thread) => number,
  virtual: boolean,
): Thread | undefined {
  const id = idOf(thread);
  if (id === -1) return undefined;
  if (!virtual || !isInPidNamespace(thread)) {
    const known = machine.threads.get(id);
    if (known !== undefined) return known;
  }
  let eldest: Thread | undefined;
  let at = machine.threads.get(thread.ptid);
  for (let i = 0; i < MAX_GENERATIONS && at !== undefined && at.tid !== -1 && idOf(at) === id; i++) {
    eldest = at;
    at = machine.threads.get(at.ptid);
  }
  return eldest;
}
