import { constants, setPriority } from "node:os";

/**
 * Raises the scheduling priority of the agent. Without a higher priority, busy processes could cause dropped events,
 * since a ring buffer can overflow if it is not read for 50 ms.
 */
export function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // This requires CAP_SYS_NICE. Without this capability, the agent keeps the default priority.
  }
}
