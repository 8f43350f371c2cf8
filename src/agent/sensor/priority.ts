import { constants, setPriority } from "node:os";

/** Raises the scheduling priority: a ring buffer overflows if it is not read for 50 ms, so busy processes could cause drops. */
export function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Needs CAP_SYS_NICE; without it the agent has the default priority.
  }
}
