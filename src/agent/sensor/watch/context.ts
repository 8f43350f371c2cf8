import type { InternalEvent } from "../../../alert/internal.ts";
import type { Health } from "../../../telemetry/health.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { CanaryStages } from "../../health/canary-stages.ts";

/** Dependencies of the sensor's checks. */
export interface WatchContext {
  readonly raise: (event: InternalEvent) => void;
  readonly health: Health;
  readonly log: Log;
}

/** Dependencies of the canary checks. */
export interface CanaryContext extends WatchContext {
  readonly stages: CanaryStages;
  /** Called with each canary that the engine evaluated. */
  readonly canaryArrived: () => void;
}

/** Formats a duration as whole seconds, or with tenths of a second below ten seconds. */
export function seconds(milliseconds: number): string {
  const value = milliseconds / 1000;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} s`;
}
