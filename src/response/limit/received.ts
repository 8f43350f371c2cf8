import type { Action } from "../action.ts";
import type { Received } from "../settings.ts";
import { isCall } from "./protected.ts";

/** Actions that do something on this machine, by kind or name: who posts an alert names it and its processes as he likes. */
const HERE: ReadonlySet<string> = new Set(["host", "container", "kubernetes:sysdig"]);

/** Whether an action is done about alerts that were posted to us. */
export function answersReceived(received: Received, action: Action): boolean {
  if (received === "none" || received === "all") return received === "all";
  if (isCall(action)) return true;
  const kind = action.name.slice(0, action.name.indexOf(":"));
  return received === "platforms" && !HERE.has(kind) && !HERE.has(action.name);
}
