import { expect, onTestFinished, test, vi } from "vitest";
import { readAccountsOfContainers } from "./accounts.ts";

test("accounts of containers are read one container at a time, in at most 5 % of the time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let left = 0;
  let reads = 0;
  let cost = 0;
  const component = readAccountsOfContainers({
    readAccounts() {
      if (left === 0) return false;
      left--;
      reads++;
      if (cost > 0) vi.advanceTimersByTime(cost); // measured by the component's clock
      return left > 0;
    },
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(reads).toBe(0);
  left = 100;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(reads).toBe(100);
  left = 100;
  reads = 0;
  cost = 50;
  await vi.advanceTimersByTimeAsync(10_500);
  expect(reads).toBeGreaterThan(5);
  expect(reads).toBeLessThanOrEqual(11);
  component.close();
  cost = 0;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(reads).toBeLessThanOrEqual(11);
});
