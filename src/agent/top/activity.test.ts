import { expect, test } from "vitest";
import type { Thread } from "../../machine/thread.ts";
import { Activity } from "./activity.ts";
import { BoundedCounts } from "./bounded-counts.ts";

function thread(comm: string, pid: number, containerId = ""): Thread {
  return { comm, pid, tid: pid, containerId } as Thread;
}

test("each sample represents the events since the previous sample", () => {
  const activity = new Activity();
  const engine = { events: 100 };
  const look = activity.sampler(engine);
  look({ thread: thread("nginx", 7, "c1") });
  engine.events = 150;
  look({ thread: thread("nginx", 8, "c1") });
  engine.events = 160;
  look({ thread: thread("sshd", 9) });
  engine.events = 1000;
  look({ thread: undefined });
  const processes = [...activity.processes.values()];
  expect(processes).toEqual([
    { name: "nginx", container: "c1", pid: 8, many: true, events: 60, alerts: 0 },
    { name: "sshd", container: "", pid: 9, many: false, events: 840, alerts: 0 },
    { name: "", container: "", pid: -1, many: false, events: 0, alerts: 0 },
  ]);
  expect([...activity.containers.values()]).toEqual([
    { container: "c1", events: 60, alerts: 0 },
    { container: "", events: 840, alerts: 0 },
  ]);
});

test("alerts are counted for the process and the container of the event", () => {
  const activity = new Activity();
  activity.countAlert({ thread: thread("sh", 3, "c1") });
  activity.countAlert({ thread: thread("sh", 3, "c1") });
  activity.countAlert({ thread: undefined });
  expect([...activity.processes.values()]).toMatchObject([{ name: "sh", alerts: 2 }]);
  expect([...activity.containers.values()]).toMatchObject([{ container: "c1", alerts: 2 }]);
});

test("the step adapts to the rate of events, within bounds", () => {
  const activity = new Activity();
  activity.adapt(0, 0);
  expect(activity.step).toBe(256);
  activity.adapt(100_000, 1000);
  expect(activity.step).toBe(200);
  activity.adapt(100_100, 2000);
  expect(activity.step).toBe(16);
  activity.adapt(1e9, 3000);
  expect(activity.step).toBe(2048);
  activity.adapt(5, 4000); // the counter has started again
  expect(activity.step).toBe(2048);
});

test("processes that change their names do not fill the memory, and processes with alerts or many events remain", () => {
  const counts = new BoundedCounts<{ events: number; alerts: number }>(100);
  counts.entry("alert", () => ({ events: 0, alerts: 1 }));
  counts.entry("busy", () => ({ events: 1e6, alerts: 0 }));
  for (let i = 0; i < 10_000; i++) counts.entry(`random ${i}`, () => ({ events: i % 7, alerts: 0 }));
  const values = [...counts.values()];
  expect(values.length).toBeLessThanOrEqual(100);
  expect(values).toContainEqual({ events: 0, alerts: 1 });
  expect(values).toContainEqual({ events: 1e6, alerts: 0 });
});
