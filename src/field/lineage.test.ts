import { expect, test } from "vitest";
import { Machine } from "../machine/machine.ts";
import { Thread } from "../machine/thread.ts";
import { someParent } from "./lineage.ts";

const DEPTH = 5000;

/** Returns the number of ancestors that a search without a result visits in a chain of processes. */
function visited(machine: Machine): number {
  for (let pid = 1; pid <= DEPTH; pid++) machine.threads.add(Object.assign(new Thread(pid), { pid, ptid: pid - 1 }));
  let ancestors = 0;
  const last = machine.threads.get(DEPTH);
  if (last === undefined) throw new Error("the thread is missing");
  someParent(
    machine,
    last,
    ({ pid }) => pid,
    () => {
      ancestors++;
      return false;
    },
  );
  return ancestors;
}

test("a search visits at most 1024 ancestors on a live machine, and all of them in a capture", () => {
  expect(visited(new Machine({ isAlive: () => true }))).toBe(1024);
  expect(visited(new Machine())).toBe(DEPTH - 1);
});

test("a search on a live machine ends soon if the ancestors form a loop", () => {
  const machine = new Machine({ isAlive: () => true });
  const LENGTH = 40;
  for (let pid = 1; pid <= LENGTH; pid++)
    machine.threads.add(Object.assign(new Thread(pid), { pid, ptid: pid === 1 ? LENGTH : pid - 1 }));
  const seen: number[] = [];
  const found = someParent(
    machine,
    machine.threads.get(LENGTH)!,
    ({ pid }) => pid,
    (pid) => seen.push(pid) === 0,
  );
  expect(found).toBe(false);
  expect(new Set(seen).size).toBe(LENGTH);
  expect(seen.length).toBeLessThan(3 * LENGTH);
});
