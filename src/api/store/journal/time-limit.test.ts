import { afterEach, expect, test, vi } from "vitest";
import { timeLimit } from "./time-limit.ts";

afterEach(() => vi.restoreAllMocks());

/** Sets the elapsed time and the CPU times, in milliseconds. */
function clock() {
  const passed = { duration: 0, user: 0, system: 0 };
  vi.spyOn(performance, "now").mockImplementation(() => 5000 + passed.duration);
  vi.spyOn(process, "threadCpuUsage").mockImplementation((before) => ({
    user: (before === undefined ? 0 : passed.user) * 1000,
    system: (before === undefined ? 0 : passed.system) * 1000,
  }));
  return passed;
}

test("the limit applies to the CPU time of the program and the kernel", () => {
  const passed = clock();
  const isOver = timeLimit(100);
  expect(isOver()).toBe(false);
  Object.assign(passed, { duration: 400, user: 60, system: 39 });
  expect(isOver()).toBe(false);
  passed.system = 40;
  expect(isOver()).toBe(true);
});

test("a search that gets no CPU time also ends", () => {
  const passed = clock();
  const isOver = timeLimit(100);
  passed.duration = 799;
  expect(isOver()).toBe(false);
  passed.duration = 800;
  expect(isOver()).toBe(true);
});
