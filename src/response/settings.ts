import type { Shares } from "./limit/budget.ts";
import type { Rate } from "./rule/measures.ts";

/** Actions that run for received alerts: none; calls of functions and webhooks; everything not on this machine; all. */
export const receivedValues = ["none", "calls", "platforms", "all"] as const;
export type Received = (typeof receivedValues)[number];

export const whenExhaustedValues = ["skip", "suspend"] as const;
export type WhenExhausted = (typeof whenExhaustedValues)[number];

/** Limits of all responses, from the configuration. Times are in milliseconds. */
export interface LimitSettings {
  /** No action runs; the journal records what would have run. */
  readonly dryRun: boolean;
  /** No action runs until responses are resumed. */
  readonly paused: boolean;
  /** Alerts of older events cause no action. 0: no limit. */
  readonly maxAge: number;
  readonly cooldown: number;
  readonly timeout: number;
  /** Runs of one action in progress at once. */
  readonly concurrency: number;
  readonly budget: {
    /** All actions except calls, together. Undefined: no limit. */
    readonly all: Rate | undefined;
    /** All actions except calls, for one namespace or app. */
    readonly scope: Rate | undefined;
    /** Calls of functions and webhooks. */
    readonly calls: Rate | undefined;
  };
  /** How each budget is divided between workloads, subjects and priorities. */
  readonly shares: Shares;
  /** What happens to a target when a budget is used up: nothing, or it is suspended until it is released. */
  readonly whenExhausted: WhenExhausted;
  readonly never: ProtectionSettings;
  readonly received: Received;
}

/** Targets, namespaces, processes and users that no action touches. */
export interface ProtectionSettings {
  /** Targets as the audit trail names them; `*` is any text. */
  readonly targets: readonly string[];
  readonly namespaces: readonly string[];
  /** Paths or file names of programs that run outside containers. */
  readonly processes: readonly string[];
  /** Names or uids. */
  readonly users: readonly string[];
}
