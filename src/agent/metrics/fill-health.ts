import type { Health, HealthState } from "../../telemetry/health.ts";
import type { Samples } from "../../telemetry/samples.ts";

const states: readonly HealthState[] = ["ok", "degraded", "failed"];

/** Adds the metrics of the health of each component. */
export function fillHealth(sheet: Samples, health: Health): void {
  for (const [component, now] of health.entries())
    for (const state of states) sheet.set("eyas_component_health", { component, state }, now.state === state ? 1 : 0);
}
