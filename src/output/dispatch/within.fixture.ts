import { setTimeout as sleep } from "node:timers/promises";

/** Returns a backoff that ends retries after a time. */
export function within(milliseconds: number): (wait: number) => Promise<boolean> {
  const end = Date.now() + milliseconds;
  return async (wait) => {
    await sleep(Math.min(wait, Math.max(end - Date.now(), 0)));
    return Date.now() < end;
  };
}
