import type { InternalEvent } from "../../../alert/internal.ts";
import type { Health } from "../../../telemetry/health.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { CanaryStages } from "../../health/canary-stages.ts";

/** What the checks of the sensor report to. */
export interface WatchContext {
  readonly raise: (event: InternalEvent) => void;
  readonly health: Health;
  readonly log: Log;
}

/** The same for checks by canaries. */
export interface CanaryContext extends WatchContext {
  readonly stages: CanaryStages;
  /** Called with each canary that the engine evaluated. */
  readonly canaryArrived: () => void;
}

/** Whole seconds, or tenths below ten. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} s`;
}
