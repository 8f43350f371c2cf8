import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { DrillAction } from "../../src/drill/action.ts";
import { SYSCALL_ACTIONS } from "../../src/drill/actions.ts";
import { isWholeDrill } from "./whole-drill.ts";

/**
 * Returns the actions that the guest performs. Another kernel can only affect how the sensor reads events, so by
 * default rules with the same event types share one action.
 */
export function guestActions(): readonly DrillAction[] {
  if (isWholeDrill) return SYSCALL_ACTIONS;
  const types = eventTypesOfRules();
  const first = new Map<string, DrillAction>();
  for (const action of SYSCALL_ACTIONS) {
    const key = types.get(action.rule) ?? "";
    if (!first.has(key)) first.set(key, action);
  }
  return [...first.values()];
}

/** Returns the event types of each default rule, joined. */
function eventTypesOfRules(): Map<string, string> {
  const eyas = join(import.meta.dirname, "../../bin/eyas");
  const { stdout } = spawnSync(eyas, ["rules", "--format", "json"], { encoding: "utf8", maxBuffer: 1 << 26 });
  const { rules } = JSON.parse(stdout) as {
    rules: { info: { name: string }; details: { events: string[] } }[];
  };
  return new Map(rules.map(({ info, details }) => [info.name, details.events.sort().join()]));
}
