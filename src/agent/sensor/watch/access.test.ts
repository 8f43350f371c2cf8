import { expect, test } from "vitest";
import { Thread } from "../../../machine/thread.ts";
import { type Own, objectAccess, signalAccess } from "./access.ts";
import { Repeats } from "./repeats.ts";

const sender = (pid: number): Thread => Object.assign(new Thread(pid), { pid });

test("signals that stop or end the agent are accesses; those of its service manager and harmless ones are not", () => {
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

test("only descriptors of the sensor's own objects are accesses", () => {
  const own: Own = { pid: 1, hostRoot: "/", owns: (kind, id) => kind === "map" && id === 5 };
  const [PROG_GET_FD_BY_ID, MAP_GET_FD_BY_ID, BTF_GET_FD_BY_ID] = [13, 14, 19];
  expect(objectAccess(MAP_GET_FD_BY_ID, 5, own)?.what).toBe("got a descriptor of the BPF map 5 of the sensor");
  expect(objectAccess(MAP_GET_FD_BY_ID, 6, own)).toBeUndefined();
  expect(objectAccess(PROG_GET_FD_BY_ID, 5, own)).toBeUndefined();
  expect(objectAccess(BTF_GET_FD_BY_ID, 5, own)).toBeUndefined();
});

test("repeats are counted for a minute, also with ever new keys", () => {
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
