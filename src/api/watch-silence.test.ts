import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SilentMachine } from "./agent-view.ts";
import { watchSilence } from "./watch-silence.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const machine: SilentMachine = { id: "0a", hostname: "node-1", seen: 0 };

test("silent machines are reported, checks continue after a failed check, and checks do not overlap", async () => {
  const reported: string[] = [];
  const answers: (() => Promise<readonly SilentMachine[]>)[] = [
    async () => [],
    () => Promise.reject(new Error("no server")),
    () => new Promise((resolve) => setTimeout(() => resolve([machine]), 70_000)),
  ];
  let asked = 0;
  const watch = watchSilence({ claimSilent: async () => (answers[asked++] ?? (async () => []))() }, (machines) => {
    reported.push(...machines.map((one) => ("hostname" in one ? one.hostname : "")));
  });
  await vi.advanceTimersByTimeAsync(90_000);
  expect([asked, reported]).toEqual([3, []]);
  await vi.advanceTimersByTimeAsync(75_000);
  expect([asked, reported]).toEqual([3, ["node-1"]]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(asked).toBe(4);
  watch.close();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(asked).toBe(4);
});

test("the next check, which marks alerts as raised, waits until they are raised", async () => {
  let asked = 0;
  const claimSilent = async (): Promise<readonly SilentMachine[]> => (++asked === 1 ? [machine] : []);
  const watch = watchSilence({ claimSilent }, () => new Promise((resolve) => setTimeout(resolve, 600_000)));
  await vi.advanceTimersByTimeAsync(620_000);
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(asked).toBe(2);
  watch.close();
});

test("a journal has no silent machines", async () => {
  watchSilence({}, () => expect.unreachable()).close();
});
