/** Maximum duration of a search, as a multiple of the CPU time limit. Applies on machines with busy processors. */
const MAX_RATIO = 8;

/**
 * Limits the CPU time and the duration of a search. CPU time is limited so that a busy machine searches as many alerts
 * as an idle machine.
 * @param limit CPU time in milliseconds
 * @returns a function that returns whether the limit is exceeded
 */
export function timeLimit(limit: number): () => boolean {
  const began = performance.now();
  const before = process.threadCpuUsage();
  return () => {
    const duration = performance.now() - began;
    if (duration < limit) return false;
    if (duration >= limit * MAX_RATIO) return true;
    const { user, system } = process.threadCpuUsage(before);
    return user + system >= limit * 1000;
  };
}
