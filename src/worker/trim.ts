import { getHeapStatistics } from "node:v8";

/** Default of {@link TrimOptions.growth}. */
const GROWTH = 8 << 20;
/** Interval between checks, and between checks of the growth of busy threads, in milliseconds. */
const [INTERVAL, BUSY_INTERVAL] = [5000, 500];
/**
 * Heap size from which a busy thread's heap may double, in bytes: for example, while a second set of many rules is
 * loaded. A forced collection of such a heap takes half a second or more, and V8 collects garbage concurrently.
 */
const LARGE = 64 << 20;
/**
 * For small heaps, which V8 fills before it collects garbage: heap limit below which a heap is small, growth while idle,
 * growth while busy, interval.
 */
const [SMALL, SMALL_GROWTH, SMALL_MAX_GROWTH, SMALL_INTERVAL] = [128 << 20, 4 << 20, 8 << 20, 250];

export interface TrimOptions {
  /** Returns whether the thread can be interrupted now. */
  readonly isIdle?: () => boolean;
  /** Called before the thread is interrupted. */
  readonly prepare?: () => void;
  /** Growth of the heap after which unused memory is returned again, in bytes. */
  readonly growth?: number;
  /**
   * Growth of the heap, in bytes, after which garbage is collected within half a second even if the thread is not idle;
   * for heaps from {@link LARGE} on, at least their size. Default: no limit.
   */
  readonly maxGrowth?: number;
}

/**
 * Periodically returns unused heap memory of this thread to the system, which V8 does not do while there are few
 * allocations. Interrupts the thread when memory is freed: for about 100 ms, with 10,000 rules for up to a second.
 * Requires Node's option `--expose-gc`, which `bin/eyas` sets.
 */
export function trimRegularly({
  isIdle = () => true,
  prepare = () => undefined,
  growth = GROWTH,
  maxGrowth = Number.POSITIVE_INFINITY,
}: TrimOptions = {}): NodeJS.Timeout {
  const start = getHeapStatistics();
  const isSmall = start.heap_size_limit < SMALL;
  const least = isSmall ? Math.min(SMALL_GROWTH, growth) : growth;
  const most = isSmall ? Math.min(SMALL_MAX_GROWTH, maxGrowth) : maxGrowth;
  const interval = isSmall ? SMALL_INTERVAL : Number.isFinite(most) ? BUSY_INTERVAL : INTERVAL;
  const every = isSmall ? 1 : INTERVAL / interval;
  /** Total size of the heap after unused memory was last returned; undefined until then. */
  let returned: number | undefined;
  /** Used size of the heap after the last collection. */
  let used = start.used_heap_size;
  let checks = 0;
  const collect = (flavor: "last-resort" | "regular"): void => {
    prepare();
    globalThis.gc?.({ type: "major", execution: "sync", flavor });
    const now = getHeapStatistics();
    if (flavor === "last-resort") returned = now.total_heap_size;
    used = now.used_heap_size;
  };
  const timer = setInterval(() => {
    if (globalThis.gc === undefined) return;
    const { total_heap_size: total, used_heap_size: now } = getHeapStatistics();
    const base = returned ?? start.total_heap_size;
    const limit = base < LARGE ? most : Math.max(most, base);
    const isRegular = ++checks % every === 0;
    if (isRegular && total - (returned ?? 0) >= least && (isIdle() || total - base >= limit))
      collect("last-resort"); // the only type of collection that returns pages
    else if (total - base >= limit && now - used >= limit) collect("regular"); // so that the heap stops growing
  }, interval);
  return timer.unref();
}
