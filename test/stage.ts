import { EventCode } from "../src/event/code.ts";
import type { ThreadRecord } from "../src/event/snapshot.ts";
import { eventTypes } from "../src/event/types.ts";
import { type ParamValue, writeEvent } from "../src/event/write.ts";
import { Machine, type MachineHooks } from "../src/machine/machine.ts";
import { Observed } from "../src/machine/observed.ts";
import type { Thread } from "../src/machine/thread.ts";

/** A machine with generated events, for tests. */
export class Stage {
  readonly machine: Machine;
  readonly event: Observed;
  /** Time of the next event, nanoseconds since the epoch. */
  time = 1_700_000_000_000_000_000n;

  constructor(hooks: MachineHooks = {}, threads: readonly ThreadRecord[] = []) {
    this.machine = new Machine(hooks);
    this.event = new Observed(this.machine);
    for (const thread of threads) this.machine.thread(thread);
  }

  /** Adds an event and evaluates it. The cursor is valid until the next event. */
  happen(code: number, tid: number, values: readonly ParamValue[]): Observed {
    this.apply(code, tid, values);
    this.machine.settle(this.event);
    return this.event;
  }

  /** Adds an event without evaluating it. */
  apply(code: number, tid: number, values: readonly ParamValue[]): Observed {
    this.time += 1000n;
    const bytes = writeEvent(code, tid, this.time, values);
    this.event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
    this.machine.observe(this.event);
    return this.event;
  }

  thread(tid: number): Thread {
    const thread = this.machine.threads.get(tid);
    if (thread === undefined) throw new Error(`no thread ${tid}`);
    return thread;
  }
}

/** Returns the values of an event by parameter name; missing values are empty. */
export function values(code: number, named: Readonly<Record<string, ParamValue>>): ParamValue[] {
  const { params, key } = eventTypes[code]!;
  for (const name of Object.keys(named)) {
    if (!params.some((param) => param.name === name)) throw new Error(`${key} has no parameter ${name}`);
  }
  return params.map(({ name }) => named[name] ?? null);
}

/** Returns the values of a clone event, of the parent or the child. */
export function cloneValues(res: number, named: Readonly<Record<string, ParamValue>>): ParamValue[] {
  return values(EventCode.CLONE_20_X, {
    ...{ res, exe: "sh", args: "-c\0", tid: 0, pid: 0, ptid: 0, cwd: "", fdlimit: 1024, flags: 0, uid: 0, gid: 0 },
    ...{ comm: "sh", vtid: 0, vpid: 0 },
    ...named,
  });
}

/** Returns the values of a successful exec. */
export function execValues(named: Readonly<Record<string, ParamValue>>): ParamValue[] {
  return values(EventCode.EXECVE_19_X, {
    ...{ res: 0, exe: "cat", args: "/etc/shadow\0", comm: "cat", fdlimit: 1024, trusted_exepath: "/usr/bin/cat" },
    ...named,
  });
}

/** Returns a process of a snapshot, with one thread. */
export function process(tid: number, ptid: number, named: Partial<ThreadRecord> = {}): ThreadRecord {
  return {
    ...{ tid, pid: tid, ptid, sid: tid, pgid: tid, vpgid: tid, vtid: tid, vpid: tid },
    ...{ comm: "bash", exe: "bash", exepath: "/usr/bin/bash", args: "", env: "PATH=/bin\0HOME= /root \0" },
    ...{ exeWritable: false, exeUpperLayer: false, exeLowerLayer: false, exeFromMemfd: false },
    ...{ cwd: "/root", root: "/", fdlimit: 1024, flags: 0, uid: 0, gid: 0, loginuid: 0xffffffff, tty: 0 },
    ...{ capPermitted: 0n, capEffective: 0n, capInheritable: 0n, exeIno: 1n, exeInoCtime: 2n, exeInoMtime: 3n },
    ...{ vmsizeKb: 0, vmrssKb: 0, vmswapKb: 0, pfmajor: 0, pfminor: 0, pidnsInitStart: 0n, cloneTime: 1n },
    cgroups: "",
    ...named,
  };
}
