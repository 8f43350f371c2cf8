import { expect, it } from "vitest";
import type { Level } from "../limit/claim.ts";
import { ActionQueues } from "./queues.ts";

it("the workload with the fewest runs is next, then the highest priority, then the longest wait", () => {
  const queues = new ActionQueues();
  const order: string[] = [];
  const enqueue = (name: string, workload: string, level: Level): void =>
    queues.enqueue("test:do", { workload, level }, () => {
      order.push(name);
      queues.started("test:do", { workload, level });
    });
  for (let i = 0; i < 3; i++) queues.started("test:do", { workload: "a", level: 0 });
  for (let i = 0; i < 5; i++) enqueue(`a${i}`, "a", 2);
  enqueue("b0", "b", 0);
  enqueue("b1", "b", 1);
  enqueue("c0", "c", 0);
  expect(queues.hasRoom("test:do", 3)).toBe(false);
  for (let i = 0; i < 3; i++) {
    queues.ended("test:do", { workload: "a", level: 0 });
    queues.next("test:do", 3);
  }
  expect(order).toEqual(["b1", "c0", "a0"]);
  expect(queues.counts()).toEqual({ running: 3, waiting: 5 });
});
