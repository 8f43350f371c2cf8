import type { Config } from "../../config/load.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Machine } from "../../machine/machine.ts";
import type { LoadedRule } from "../../rule/ruleset.ts";
import type { LiveSource } from "../../source/syscall/live.ts";
import type { Histogram } from "../../telemetry/histogram.ts";
import type { Reloads } from "../../telemetry/said.ts";
import type { Tally } from "../../telemetry/tally.ts";
import type { Delivery } from "../delivery.ts";
import type { RuleTimes } from "./rule-times.ts";
import type { FileSum } from "./sums.ts";

/** What is under way; figures are read off it when somebody asks, so that events pay nothing for them. */
export interface Watched {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly delivery: Delivery;
  /** Undefined where a capture is watched. */
  readonly live: LiveSource | undefined;
}

/** What is in force. */
export interface InForce {
  readonly config: Config;
  readonly rules: readonly LoadedRule[];
  readonly ruleFiles: readonly FileSum[];
  readonly configFiles: readonly FileSum[];
  /** When it was loaded: milliseconds since the epoch. */
  readonly since: number;
  /** Undefined where nobody wants it. */
  readonly times: RuleTimes | undefined;
}

/** What is counted as alerts are handed on. */
export interface AlertCounts {
  /** By rule, priority, source. */
  readonly byRule: Tally;
  /** By namespace, pod, priority. */
  readonly byPod: Tally;
  /** Seconds from the event to its alert. */
  readonly latency: Histogram;
}

/** Everything that figures are made of. */
export interface Observed {
  readonly watched: Watched;
  readonly inForce: InForce;
  readonly alerts: AlertCounts;
  readonly reloads: Reloads;
  readonly hostname: string;
}
