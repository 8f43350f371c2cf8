import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { process as running, Stage, values } from "../../../../test/stage.ts";
import { EventCode } from "../../../event/code.ts";
import type { ParamValue } from "../../../event/write.ts";
import { Thread } from "../../../machine/thread.ts";
import { type Access, accessOf, accessTypes, type Own, OwnFiles, objectAccess, signalAccess } from "./access.ts";
import { Repeats } from "./repeats.ts";

const sender = (pid: number): Thread => Object.assign(new Thread(pid), { pid });

const AGENT = 500;
const OTHER = 7;
const [ATTACH, SEIZE, TRACEME] = [0xb, 0x14, 1];

/** The access that a call represents. @param caller the process that makes the call */
function accessBy(
  caller: number,
  code: number,
  named: Readonly<Record<string, ParamValue>>,
  pid = AGENT,
): Access | undefined {
  expect(accessTypes).toContain(code);
  const stage = new Stage({}, [running(AGENT, 1), running(OTHER, 1)]);
  const own: Own = { pid, hostRoot: "/", owns: () => false };
  return accessOf(stage.happen(code, caller, values(code, named)), own, new OwnFiles("/"));
}

const traceBy = (caller: number, request: number, target: ParamValue, res = 0, pid = AGENT) =>
  accessBy(caller, EventCode.PTRACE_X, { res, request, pid: target }, pid);

test.each([ATTACH, SEIZE])(
  "request %i of ptrace to the agent is an access, even if the kernel denies the request",
  (request) => {
    expect(traceBy(OTHER, request, AGENT)).toEqual({ priority: "Critical", what: "traced the agent with ptrace" });
    expect(traceBy(OTHER, request, AGENT, -1)).toEqual({
      priority: "Critical",
      what: "tried to trace the agent with ptrace",
    });
  },
);

test("ptrace by the agent, to another process, without a target, and of the caller itself is not an access", () => {
  expect(traceBy(AGENT, ATTACH, AGENT)).toBeUndefined();
  expect(traceBy(OTHER, ATTACH, AGENT + 1)).toBeUndefined();
  expect(traceBy(OTHER, ATTACH, null)).toBeUndefined();
  expect(traceBy(OTHER, TRACEME, 0)).toBeUndefined();
});

test("ptrace to any thread of the agent is an access", () => {
  const threads = readdirSync("/proc/self/task").map(Number);
  expect(threads.length).toBeGreaterThan(1);
  for (const thread of threads) expect(traceBy(OTHER, ATTACH, thread, 0, process.pid)?.priority).toBe("Critical");
  expect(traceBy(OTHER, ATTACH, 1, 0, process.pid)).toBeUndefined();
});

test.each([
  ["writes", EventCode.PROCESS_VM_WRITEV_X, "Critical", "wrote memory of the agent"],
  ["reads", EventCode.PROCESS_VM_READV_X, "Warning", "read memory of the agent"],
] as const)(
  "a process that %s memory of the agent accesses the agent, even if the kernel denies the call",
  (_, code, priority, what) => {
    expect(accessBy(OTHER, code, { res: 1, pid: AGENT })).toEqual({ priority, what });
    const denied = { priority, what: "tried to access the memory of the agent" };
    expect(accessBy(OTHER, code, { res: -1, pid: AGENT })).toEqual(denied);
    expect(accessBy(OTHER, code, { res: 1, pid: AGENT + 1 })).toBeUndefined();
    expect(accessBy(OTHER, code, { res: 1 })).toBeUndefined();
    expect(accessBy(AGENT, code, { res: 1, pid: AGENT })).toBeUndefined();
  },
);

test("signals that stop or end the agent are accesses; signals from the service manager and harmless signals are not", () => {
  const parents = new Set([40, 1]);
  const [HUP, INT, KILL, USR1, SEGV, TERM, CONT, STOP, REALTIME] = [1, 2, 9, 10, 11, 15, 18, 19, 40];
  for (const signal of [HUP, USR1, CONT]) expect(signalAccess(signal, sender(7), parents)).toBeUndefined();
  for (const signal of [INT, TERM]) {
    expect(signalAccess(signal, sender(40), parents)).toBeUndefined();
    expect(signalAccess(signal, sender(1), new Set())).toBeUndefined();
    expect(signalAccess(signal, sender(7), parents)).toMatchObject({ priority: "Notice" });
    expect(signalAccess(signal, undefined, parents)).toMatchObject({ priority: "Notice" });
  }
  for (const signal of [KILL, SEGV, STOP, REALTIME])
    expect(signalAccess(signal, sender(1), parents)).toMatchObject({ priority: "Critical" });
  expect(signalAccess(STOP, sender(7), parents)?.what).toBe("sent SIGSTOP to the agent");
  expect(signalAccess(REALTIME, sender(7), parents)?.what).toBe("sent signal 40 to the agent");
});

test("only opening descriptors of the sensor's own objects is an access", () => {
  const own: Own = { pid: 1, hostRoot: "/", owns: (kind, id) => kind === "map" && id === 5 };
  const [PROG_GET_FD_BY_ID, MAP_GET_FD_BY_ID, BTF_GET_FD_BY_ID] = [13, 14, 19];
  expect(objectAccess(MAP_GET_FD_BY_ID, 5, own)?.what).toBe("opened a descriptor for the sensor's BPF map 5");
  expect(objectAccess(MAP_GET_FD_BY_ID, 6, own)).toBeUndefined();
  expect(objectAccess(PROG_GET_FD_BY_ID, 5, own)).toBeUndefined();
  expect(objectAccess(BTF_GET_FD_BY_ID, 5, own)).toBeUndefined();
});

test("repeated alerts are counted for a minute, even if each has a new key", () => {
  const repeats = new Repeats();
  expect(repeats.take("a", 0)).toBe(0);
  for (let i = 1; i <= 5; i++) expect(repeats.take("a", i)).toBeUndefined();
  expect(repeats.take("a", 60_000)).toBe(5);
  let raised = 0;
  for (let i = 0; i < 10_000; i++) if (repeats.take(`key ${i}`, 60_001) !== undefined) raised++;
  expect(raised).toBeLessThan(66);
  const later = Array.from({ length: 100 }, (_, i) => repeats.take(`other ${i}`, 200_000)).filter(
    (n) => n !== undefined,
  );
  expect(later.length).toBeGreaterThan(60);
});
