import { getHeapStatistics } from "node:v8";

/** Bytes by which the heap has to grow before it is trimmed again. */
const GROWTH = 8 << 20;
/** Milliseconds between two checks. */
const INTERVAL = 5000;
/** The same for a heap with a limit of less than 128 MiB, which V8 fills before it collects garbage. */
const [SMALL, SMALL_GROWTH, SMALL_INTERVAL] = [128 << 20, 4 << 20, 250];

export interface TrimOptions {
  /** Whether the thread may be interrupted now; it may also prepare for it. */
  readonly isIdle?: () => boolean;
  /** Bytes by which the heap has to grow before it is trimmed again. */
  readonly growth?: number;
}

/**
 * Returns the memory that a burst of work has left in the heap of this thread to the system: V8 does not, as long as little is
 * allocated. Interrupts the thread for 100 ms where it has an effect. Has none without Node's option `--expose-gc`, which
 * `bin/eyas` sets.
 */
export function trimRegularly({ isIdle = () => true, growth = GROWTH }: TrimOptions = {}): NodeJS.Timeout {
  const isSmall = getHeapStatistics().heap_size_limit < SMALL;
  const least = isSmall ? Math.min(SMALL_GROWTH, growth) : growth;
  let size = 0;
  const timer = setInterval(
    () => {
      if (globalThis.gc === undefined || getHeapStatistics().total_heap_size < size + least || !isIdle()) return;
      globalThis.gc({ type: "major", execution: "sync", flavor: "last-resort" }); // the one that returns pages
      size = getHeapStatistics().total_heap_size;
    },
    isSmall ? SMALL_INTERVAL : INTERVAL,
  );
  return timer.unref();
}
