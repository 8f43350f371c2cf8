import { type Action, isCall } from "../action.ts";
import type { Received } from "../settings.ts";

/**
 * Whether an action runs for alerts that were received through `alert_intake`. Their senders choose which machine and which
 * processes they name.
 */
export function respondsToReceived(received: Received, action: Action): boolean {
  if (received === "none" || received === "all") return received === "all";
  if (isCall(action)) return true;
  return received === "platforms" && action.isLocal !== true;
}
