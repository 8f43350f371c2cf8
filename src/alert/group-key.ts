import { hash } from "node:crypto";
import type { About } from "./about.ts";

/**
 * The key of the group that contains the alerts of a rule about a workload or process. The key is a hash, because
 * values in received alerts can have any length.
 */
export function groupKey(rule: string, about: About | undefined): string {
  return hash("sha256", JSON.stringify([rule, about?.field ?? "", about?.value ?? ""])).slice(0, 32);
}
