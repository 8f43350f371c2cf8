import { setPriority } from "node:os";

/**
 * Lowers the priority of this thread, which is initially that of the main thread.
 * @param nice the nice value, from 0 (default) to 19 (lowest)
 */
export function lowerPriority(nice: number): void {
  try {
    setPriority(0, nice); // on Linux, 0 is the calling thread
  } catch {
    // The thread keeps its priority.
  }
}
