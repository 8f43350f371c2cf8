import { type Action, isCall } from "../action.ts";
import type { Received } from "../settings.ts";

/**
 * Whether an action runs for alerts received through `alert_intake`. The sender of an alert can name any machine and
 * process.
 */
export function respondsToReceived(received: Received, action: Action): boolean {
  if (received === "none" || received === "all") return received === "all";
  if (isCall(action)) return true;
  return received === "platforms" && action.isLocal !== true;
}
