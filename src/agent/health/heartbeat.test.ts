import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { InternalEvent } from "../../alert/internal.ts";
import { Health } from "../../telemetry/health.ts";
import { openHeartbeat } from "./heartbeat.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a journal that does not store heartbeats raises one alert, and another when it does again", async () => {
  const raised: InternalEvent[] = [];
  const health = new Health();
  let answer: Promise<boolean> = Promise.resolve(true);
  let writes = 0;
  const write = (): Promise<boolean> => {
    writes++;
    return answer;
  };
  const heartbeat = openHeartbeat({ write, health, raise: (event) => raised.push(event) });
  await vi.advanceTimersByTimeAsync(300_000);
  expect(writes).toBeGreaterThanOrEqual(5);
  expect(writes).toBeLessThanOrEqual(10);
  expect(health.get("journal")?.state).toBe("ok");

  answer = new Promise(() => {}); // the writer hangs
  await vi.advanceTimersByTimeAsync(300_000);
  expect(raised.map(({ message }) => message)).toEqual([
    "The journal did not store a heartbeat within 10 s. Alerts are still delivered.",
  ]);
  expect(health.get("journal")?.state).toBe("failed");
  expect(health.overall()).toBe("failed");

  answer = Promise.resolve(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(raised[1]?.rule).toBe("Eyas internal: journal works again");
  expect(health.overall()).toBe("ok");
  heartbeat.close();
  const before = writes;
  await vi.advanceTimersByTimeAsync(300_000);
  expect(writes).toBe(before);
});
