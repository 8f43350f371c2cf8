import { getHeapStatistics } from "node:v8";

/** Bytes by which the heap has to grow before it is trimmed again. */
const GROWTH = 8 << 20;
/** Milliseconds between two checks. */
const INTERVAL = 5000;

/**
 * Returns the memory that a burst of work has left in the heap to the system. V8 does not, as long as little is allocated.
 * Takes 100 ms where it has an effect. Has none without Node's option `--expose-gc`, which `bin/eyas` sets.
 */
export function heapTrimmer(): { trim(): void } {
  let size = 0;
  return {
    trim() {
      if (globalThis.gc === undefined || getHeapStatistics().total_heap_size < size + GROWTH) return;
      globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" }); // the one that returns pages
      size = getHeapStatistics().total_heap_size;
    },
  };
}

/** Trims the heap of this thread regularly. @param isIdle whether the thread may be interrupted now */
export function trimRegularly(isIdle: () => boolean = () => true): NodeJS.Timeout {
  const { trim } = heapTrimmer();
  const timer = setInterval(() => {
    if (isIdle()) trim();
  }, INTERVAL);
  return timer.unref();
}
