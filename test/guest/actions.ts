import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { DrillAction } from "../../src/drill/action.ts";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { isWholeDrill } from "./whole-drill.ts";

/**
 * Returns the actions that the guest performs. Another kernel can only affect how the sensor reads events, so by
 * default they are as few as possible whose rules have, together, all event types.
 */
export function guestActions(): readonly DrillAction[] {
  if (isWholeDrill) return SYSCALL_ACTIONS;
  const types = eventTypesOfRules();
  const typesOf = ({ rule }: DrillAction): readonly string[] => types.get(rule) ?? [];
  const missing = new Set(SYSCALL_ACTIONS.flatMap(typesOf));
  const chosen: DrillAction[] = [];
  while (missing.size > 0) {
    const adds = (action: DrillAction): number => typesOf(action).filter((type) => missing.has(type)).length;
    const best = SYSCALL_ACTIONS.reduce((a, b) => (adds(b) > adds(a) ? b : a));
    chosen.push(best);
    for (const type of typesOf(best)) missing.delete(type);
  }
  return chosen;
}

/** Returns the event types of each default rule. */
function eventTypesOfRules(): ReadonlyMap<string, readonly string[]> {
  const eyas = join(import.meta.dirname, "../../bin/eyas");
  const { stdout } = spawnSync(eyas, ["rules", "--format", "json"], { encoding: "utf8", maxBuffer: 1 << 26 });
  const { rules } = JSON.parse(stdout) as {
    rules: { info: { name: string }; details: { events: string[] } }[];
  };
  return new Map(rules.map(({ info, details }) => [info.name, details.events]));
}
