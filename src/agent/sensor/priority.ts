import { constants, setPriority } from "node:os";

/**
 * Raises the scheduling priority. A ring buffer overflows if it is not read for 50 ms, so busy processes could cause
 * dropped events.
 */
export function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Needs CAP_SYS_NICE; without it, the agent keeps the default priority.
  }
}
