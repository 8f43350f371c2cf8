import { hash } from "node:crypto";
import type { About } from "./about.ts";

/**
 * Identifies the group of the alerts of a rule about a workload or process: a hash, since received alerts can have
 * values of any length.
 */
export function groupKey(rule: string, about: About | undefined): string {
  return hash("sha256", JSON.stringify([rule, about?.field ?? "", about?.value ?? ""])).slice(0, 32);
}
