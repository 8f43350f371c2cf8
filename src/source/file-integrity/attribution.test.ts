import { afterEach, expect, test, vi } from "vitest";
import { Machine } from "../../machine/machine.ts";
import { Thread } from "../../machine/thread.ts";
import { Attribution } from "./attribution.ts";

const DPKG = { kind: "package", paths: ["/usr/bin/dpkg"] } as const;
const PID = 700;
afterEach(() => void vi.useRealTimers());

const EXECUTED = 1_800_000_000_000;

/** Returns the manager of a change by a process that executed dpkg `lag` milliseconds before its execution was read. */
function managerAfter(lag: number, process: Partial<Thread>) {
  const machine = new Machine();
  const attribution = new Attribution(machine);
  const executed = { pid: PID, lastExecTime: BigInt(EXECUTED) * 1_000_000n };
  machine.threads.add(Object.assign(new Thread(PID), executed, process));
  attribution.noteRuns([{ tid: PID, time: EXECUTED + lag, manager: DPKG }]);
  attribution.noteActors([{ id: 1, tid: PID, time: EXECUTED + lag + 1, seen: undefined }]);
  return attribution.of([1], false).manager;
}

test.each([0, 900, 20_000])(
  "a package manager is recognized on a busy machine, although its execution is read %s ms later",
  (lag) => {
    expect(managerAfter(lag, { exepath: "/usr/bin/dpkg", args: ["--unpack"] })).toBe(DPKG);
  },
);

test("another program with the manager's path as argument is not a manager, nor is a later execution", () => {
  expect(managerAfter(20_000, { exepath: "/tmp/x", args: ["/usr/bin/dpkg"] })).toBeUndefined();
  expect(managerAfter(120_000, { exepath: "/usr/bin/dpkg" })).toBeUndefined();
  expect(managerAfter(-2000, { exepath: "/usr/bin/dpkg" })).toBeUndefined();
});

test("a process counts as known only after its earlier system calls have been evaluated, or after 30 s", () => {
  vi.useFakeTimers({ now: EXECUTED });
  const machine = new Machine();
  let unread: number | undefined = EXECUTED - 5000;
  const attribution = new Attribution(machine, () => unread);
  const act = (id: number) => attribution.noteActors([{ id, tid: PID + id, time: Date.now(), seen: undefined }]);
  act(1);
  vi.advanceTimersByTime(5000);
  act(2);
  expect(attribution.areSettled([1])).toBe(false);
  const thread = Object.assign(new Thread(PID + 1), { pid: PID + 1, lastExecTime: BigInt(EXECUTED) * 1_000_000n });
  machine.threads.add(thread);
  unread = EXECUTED + 1;
  vi.advanceTimersByTime(100);
  expect([attribution.areSettled([1]), attribution.areSettled([1, 2])]).toEqual([true, false]);
  expect(attribution.of([1], false).lineage).toEqual([thread]);
  unread = -1;
  vi.advanceTimersByTime(29_000);
  expect(attribution.areSettled([2])).toBe(false);
  vi.advanceTimersByTime(2000);
  expect(attribution.areSettled([2])).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
