import { describe, expect, test } from "vitest";
import { EventCode } from "../event/code.ts";
import { CloneFlag } from "../event/constants.ts";
import type { Event } from "../event/event.ts";
import { writeEvent } from "../event/write.ts";
import { container } from "../machine/container-info.ts";
import { Descriptor } from "../machine/descriptor.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { Programs } from "../machine/program.ts";
import { fdTable, mainThread, Thread } from "../machine/thread.ts";
import type { LoadedRule, Ruleset } from "../rule/ruleset.ts";
import type { Source } from "../source/source.ts";
import { Engine } from "./engine.ts";
import { WaitingEvents } from "./waiting-events.ts";

const HEX = "da57e28861c343e2562eba5a2d31c425d6b0aaf2466d43e6e1ea79e8a5a30507";
const SHORT = HEX.slice(0, 12);
const WANTED = EventCode.CHDIR_X;

/**
 * A machine and a source with one event of each thread. Thread 100 is on the host, 200 in a container, started by 199.
 */
function stage(tids: readonly number[]) {
  const queue = tids.map((tid, i) => writeEvent(WANTED, tid, BigInt(i + 1), [0n, `/step${i}`]));
  const source: Source = {
    name: "syscall",
    snapshot() {},
    next(event: Event) {
      const bytes = queue.shift();
      if (bytes === undefined) return false;
      const padded = new Uint8Array(bytes.length + 16);
      padded.set(bytes);
      event.place(padded, new DataView(padded.buffer), 0, 0, 2);
      return true;
    },
    close() {},
  };
  const machine = new Machine();
  machine.containerTable.request = () => true;
  for (const [tid, ptid, comm, cgroup] of [
    [100, 1, "host", "/"],
    [199, 1, "starter", "/"],
    [200, 199, "inside", `/docker/${HEX}`],
  ] as const) {
    const thread = Object.assign(new Thread(tid), { pid: tid, ptid, comm, cgroups: [["cpu", cgroup]] });
    machine.threads.addLinked(thread);
  }
  const wanted = new Uint8Array(512);
  wanted[WANTED] = 1;
  const seen: (readonly [tid: number, time: number, name: string | undefined, comm: string, parent: string])[] = [];
  const rule = { name: "any" } as unknown as LoadedRule; // the engine only reads the name
  const ruleset: Ruleset = { rules: [rule], wanted, match: () => [0] };
  const note = (_rule: number, event: Observed): void => {
    const { thread } = event;
    const name = thread && machine.containerTable.get(thread.containerId)?.name;
    const parent = machine.threads.get(thread?.ptid ?? -1)?.comm ?? "";
    seen.push([event.tid, Number(event.time), name, thread?.comm ?? "", parent]);
  };
  return { machine, seen, engine: new Engine(source, machine, ruleset, note) };
}

test("events of a container wait for the runtime, in order, and other events do not", () => {
  const { machine, engine, seen } = stage([100, 200, 100, 200]);
  engine.drain();
  expect(seen.map(([tid, time]) => [tid, time])).toEqual([
    [100, 1],
    [100, 3],
  ]);
  expect(engine.waiting.waiting).toBe(2);
  machine.containerTable.put(container({ fullId: HEX, name: "web" }));
  engine.drain();
  expect(seen.slice(2)).toEqual([
    [200, 2, "web", "inside", "starter"],
    [200, 4, "web", "inside", "starter"],
  ]);
  expect([engine.waiting.waiting, engine.waiting.delayed, engine.waiting.unanswered]).toEqual([0, 2, 0]);
});

test("waiting events are evaluated with the state at their time, before a parent exited or a name changed", () => {
  const { machine, engine, seen } = stage([200]);
  engine.drain();
  const inside = machine.threads.get(200);
  if (inside !== undefined) inside.comm = "renamed";
  machine.removeThread(199);
  expect(machine.threads.get(199)).toBeUndefined();
  machine.containerTable.put(container({ fullId: HEX, name: "web" }));
  engine.drain();
  expect(seen).toEqual([[200, 1, "web", "inside", "starter"]]);
  expect(machine.threads.get(199)).toBeUndefined();
  expect(machine.threads.get(200)?.comm).toBe("renamed");
});

test.each([
  ["its main thread", 200],
  ["another thread", 201],
])("descriptors of %s have the state at the time of the event", (_, tid) => {
  const { machine, engine } = stage([tid]);
  const inside = machine.threads.get(200)!;
  const flags = CloneFlag.THREAD | CloneFlag.FILES;
  machine.threads.addLinked(Object.assign(new Thread(201), { pid: 200, ptid: 199, flags, cgroups: inside.cgroups }));
  const table = fdTable(machine.threads.get(tid)!)!;
  const terminal = new Descriptor();
  terminal.name = "/dev/pts/0";
  table.set(1, terminal);
  engine.drain();
  expect(engine.waiting.waiting).toBe(1);
  const changed = table.own(1)!;
  changed.name = "10.0.0.1:1->10.0.0.2:2";
  table.set(2, changed);
  const streams: unknown[] = [];
  engine.waiting.release(({ thread }) => {
    for (const fd of [1, 2]) streams.push(fdTable(thread!)?.get(fd)?.name);
  }, true);
  expect(streams).toEqual(["/dev/pts/0", undefined]);
  expect(table.get(2)?.name).toBe("10.0.0.1:1->10.0.0.2:2");
});

test("a parent that is not a main thread has the name of its process after the exit", () => {
  const { machine, engine } = stage([200]);
  for (const [tid, comm] of [
    [300, "server"],
    [301, "worker"],
  ] as const) {
    machine.threads.addLinked(Object.assign(new Thread(tid), { pid: 300, ptid: 1, comm }));
  }
  const inside = machine.threads.get(200);
  if (inside !== undefined) inside.ptid = 301;
  engine.drain();
  for (const tid of [301, 300]) machine.removeThread(tid);
  const names: (string | undefined)[] = [];
  engine.waiting.release(({ thread }) => {
    const parent = machine.threads.get(thread?.ptid ?? -1);
    names.push(parent && mainThread(parent)?.comm);
  }, true);
  expect(names).toEqual(["server"]);
});

test("waiting events are evaluated at the timeout or at the end if the runtime does not respond", () => {
  const { machine, engine, seen } = stage([200]);
  engine.drain();
  engine.drain();
  expect(seen).toHaveLength(0);
  machine.containerTable.fail(SHORT);
  engine.drain();
  expect(seen).toEqual([[200, 1, undefined, "inside", "starter"]]);
  expect(engine.waiting.unanswered).toBe(1);

  const other = stage([200]);
  other.engine.drain();
  other.engine.finish();
  expect(other.seen).toHaveLength(1);
});

test("memory is bounded: events that exceed the limit are evaluated immediately", () => {
  const { engine, seen } = stage(new Array(9000).fill(200));
  engine.waiting.share = 1 / 4;
  engine.drain();
  const { overflowed, delayed, waiting } = engine.waiting;
  expect(overflowed).toBeGreaterThan(0);
  expect([delayed + overflowed, waiting, seen.length]).toEqual([9000, delayed, overflowed]);
});

test("events of threads with more ancestors and descriptors use more memory", () => {
  const delayed = (ancestors: number, descriptors: number): number => {
    const { engine, machine } = stage(new Array(9000).fill(200));
    engine.waiting.share = 1 / 8;
    let child = machine.threads.get(199);
    for (let tid = 3000; tid < 3000 + ancestors; tid++) {
      const thread = Object.assign(new Thread(tid), { pid: tid });
      machine.threads.add(thread);
      if (child !== undefined) child.ptid = tid;
      child = thread;
    }
    const fds = machine.threads.get(200)?.fds;
    for (let fd = 0; fd < descriptors; fd++) fds?.set(fd, new Descriptor());
    engine.drain();
    return engine.waiting.delayed;
  };
  const few = delayed(1, 0);
  expect(few).toBeGreaterThan(2 * delayed(10, 0));
  expect(few).toBeGreaterThan(delayed(1, 100) + 200);
});

/** An event of a thread whose program has the given inode number. */
function eventOf(machine: Machine, type: number, tid: number, ino: number): Observed {
  const event = new Observed(machine);
  const bytes = new Uint8Array(512);
  bytes.set(writeEvent(type, tid, BigInt(ino), type === WANTED ? [0n, "/"] : []));
  event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
  event.thread = Object.assign(new Thread(tid), { exepath: `/bin/${ino}`, exeIno: BigInt(ino), exeInoCtime: 1n });
  machine.programs?.started(event.thread);
  return event;
}

test("starts of programs wait for the examination of the executable, in order, and other events do not", () => {
  const machine = new Machine();
  const programs = new Programs(() => true);
  programs.patience = 60_000;
  machine.watchPrograms(programs);
  const waiting = new WaitingEvents(machine);
  const starts = [1, 2, 3].map((ino) => eventOf(machine, EventCode.EXECVE_19_X, 100 + ino, ino));
  for (const start of starts) expect(waiting.take(start)).toBe(true);
  expect(waiting.take(eventOf(machine, WANTED, 101, 1))).toBe(false);

  const passed: number[] = [];
  const pass = (event: Observed): void => void passed.push(event.tid);
  const examined = (number: number): void => {
    const program = starts[number]?.thread?.program;
    if (program !== undefined) program.examination = "done";
    waiting.release(pass);
  };
  examined(1);
  expect([passed, waiting.waiting]).toEqual([[], 3]);
  examined(0);
  expect([passed, waiting.waiting]).toEqual([[101, 102], 1]);
  examined(2);
  expect([passed, waiting.isEmpty]).toEqual([[101, 102, 103], true]);
  expect(waiting.take(eventOf(machine, EventCode.EXECVE_19_X, 104, 1))).toBe(false);
});

describe("an event that more rules match if its executable is not installed", () => {
  /** An engine with two rules: one matches unless the executable is from a package, the other always. */
  function doubtful(cgroup = "/") {
    const machine = new Machine();
    machine.watchPrograms(new Programs(() => true));
    const wanted = new Uint8Array(512);
    wanted[WANTED] = 1;
    const rules = ["not installed", "any"].map((name) => ({ name }) as unknown as LoadedRule); // the engine reads only names
    const match = ({ thread }: Observed) => (thread?.program?.facts.isFromPackage === false ? [0, 1] : [1]);
    const queue: Observed[] = [];
    const source: Source = {
      name: "syscall",
      snapshot() {},
      next(event: Event) {
        const next = queue.shift();
        if (next !== undefined) event.place(next.bytes, new DataView(next.bytes.buffer), 0, 0, 2);
        return next !== undefined;
      },
      close() {},
    };
    const seen: string[] = [];
    const ruleset: Ruleset = { rules, wanted, match };
    const engine = new Engine(source, machine, ruleset, (rule) => seen.push(rules[rule]?.name ?? ""));
    const event = eventOf(machine, WANTED, 100, 1);
    const { thread } = event;
    const program = thread?.program;
    if (thread === undefined || program === undefined) throw new Error("no program");
    Object.assign(thread, { pid: 100, ptid: 1, cgroups: [["cpu", cgroup]] });
    machine.threads.addLinked(thread);
    const happen = (): void => {
      queue.push(event);
      engine.drain();
    };
    return { engine, machine, program, happen, seen, ruleset };
  }

  const known = { sha256: undefined, package: "", isRootOnly: true };

  test("is evaluated again once the executable is examined: other rules raise their alerts", () => {
    const { engine, program, happen, seen } = doubtful();
    happen();
    expect([seen.splice(0), engine.waiting.waiting, engine.waiting.isEmpty]).toEqual([["any"], 1, true]);
    Object.assign(program, { examination: "done", facts: { ...known, isFromPackage: false } });
    engine.drain();
    expect([seen.splice(0), engine.waiting.hasDoubted]).toEqual([["not installed"], false]);
    happen();
    expect(seen).toEqual(["not installed", "any"]);
  });

  test("raises no other alert if the executable is installed, or nothing is known about it", () => {
    for (const isFromPackage of [true, undefined]) {
      const { engine, program, happen, seen } = doubtful();
      happen();
      Object.assign(program, { examination: "done", facts: { ...known, isFromPackage } });
      engine.drain();
      expect([seen, engine.waiting.hasDoubted]).toEqual([["any"], false]);
    }
  });

  test("raises the other alerts if the executable was removed, except in a container", () => {
    for (const [cgroup, expected] of [
      ["/", ["any", "not installed"]],
      [`/docker/${HEX}`, ["any"]],
    ] as const) {
      const { engine, program, happen, seen } = doubtful(cgroup);
      happen();
      program.examination = "gone";
      engine.drain();
      expect(seen).toEqual(expected);
    }
  });

  test("raises the other alerts once no package is known to own the executable, before its content is read", () => {
    const { engine, program, happen, seen } = doubtful();
    happen();
    seen.splice(0);
    program.facts = { ...known, isFromPackage: false };
    engine.drain();
    expect([seen.splice(0), program.examination]).toEqual([["not installed"], "pending"]);
    happen();
    expect(seen).toEqual(["not installed", "any"]);
  });

  test("raises all alerts if too many executables are waiting, except in a container", () => {
    for (const [cgroup, expected] of [
      ["/", ["any", "not installed"]],
      [`/docker/${HEX}`, ["any"]],
    ] as const) {
      const { engine, program, happen, seen } = doubtful(cgroup);
      happen();
      program.examination = "skipped";
      engine.drain();
      expect(seen.splice(0)).toEqual(expected);
      happen();
      expect(seen).toEqual(expected);
    }
  });

  test("identifies rules by name after a reload", () => {
    const { engine, program, happen, seen, ruleset } = doubtful();
    happen();
    engine.swap({ ...ruleset, rules: [...ruleset.rules].reverse() });
    Object.assign(program, { examination: "done", facts: { ...known, isFromPackage: false } });
    engine.drain();
    expect(seen).toHaveLength(2);
  });

  test("uses bounded memory", () => {
    const { engine, program, happen, seen } = doubtful();
    engine.waiting.share = 1 / 2;
    for (let i = 0; i < 5000; i++) happen();
    const { waiting, overflowed, answered } = engine.waiting;
    expect(waiting + overflowed).toBe(5000);
    expect(answered).toBe(0);
    expect(waiting).toBeLessThan(2500);
    Object.assign(program, { examination: "done", facts: { ...known, isFromPackage: false } });
    engine.drain();
    expect(seen.filter((name) => name === "not installed")).toHaveLength(waiting);
  });
});
