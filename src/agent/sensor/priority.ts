import { constants, setPriority } from "node:os";

/** A ring overflows when it is not read for 50 ms: other busy processes must not decide which events are seen. */
export function raisePriority(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Needs CAP_SYS_NICE; without it the agent competes like every other process.
  }
}
