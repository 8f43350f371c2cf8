import { createRequire } from "node:module";

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}

/**
 * Stops the timers of idle connections. kafkajs 2.2.4 sets a timer each millisecond even without pending requests, and
 * Node warns about negative delays. Timers are needed only while requests are pending or the broker throttles the
 * client.
 */
export function letIdleSleep(): void {
  const found: unknown = createRequire(import.meta.url)("kafkajs/src/network/requestQueue/index.js");
  if (typeof found !== "function") return;
  const prototype: unknown = found.prototype;
  if (!isQueue(prototype)) return;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

function isQueue(value: unknown): value is { scheduleCheckPendingRequests(this: RequestQueue): void } {
  return typeof value === "object" && value !== null && "scheduleCheckPendingRequests" in value;
}
