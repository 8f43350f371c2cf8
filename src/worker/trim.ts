import { getHeapStatistics } from "node:v8";

/** Default of {@link TrimOptions.growth}. */
const GROWTH = 8 << 20;
/** Interval between checks, in milliseconds. */
const INTERVAL = 5000;
/**
 * For small heaps, which V8 fills before it collects garbage: heap limit below which a heap is small, growth if idle and
 * otherwise, interval.
 */
const [SMALL, SMALL_GROWTH, SMALL_MAX_GROWTH, SMALL_INTERVAL] = [128 << 20, 4 << 20, 8 << 20, 250];

export interface TrimOptions {
  /** Returns whether the thread can be interrupted now. The callback may first prepare the thread. */
  readonly isIdle?: () => boolean;
  /** Growth of the heap after which unused memory is returned again, in bytes. */
  readonly growth?: number;
  /** Growth of the heap after which it is returned even if the thread is not idle, in bytes. Default: none. */
  readonly maxGrowth?: number;
}

/**
 * Periodically returns unused heap memory of this thread to the system, which V8 does not do while there are few
 * allocations. Interrupts the thread for about 100 ms when memory is freed. Requires Node's option `--expose-gc`, which
 * `bin/eyas` sets.
 */
export function trimRegularly({
  isIdle = () => true,
  growth = GROWTH,
  maxGrowth = Number.POSITIVE_INFINITY,
}: TrimOptions = {}): NodeJS.Timeout {
  const isSmall = getHeapStatistics().heap_size_limit < SMALL;
  const least = isSmall ? Math.min(SMALL_GROWTH, growth) : growth;
  const most = isSmall ? Math.min(SMALL_MAX_GROWTH, maxGrowth) : maxGrowth;
  let size = 0;
  const timer = setInterval(
    () => {
      const grown = getHeapStatistics().total_heap_size - size;
      if (globalThis.gc === undefined || grown < least || (!isIdle() && grown < most)) return;
      globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" }); // the only type that returns pages
      size = getHeapStatistics().total_heap_size;
    },
    isSmall ? SMALL_INTERVAL : INTERVAL,
  );
  return timer.unref();
}
