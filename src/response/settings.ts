import type { Shares } from "./limit/budget.ts";
import type { Rate } from "./rule/measures.ts";

/**
 * Which actions run for received alerts. `none`: no actions. `calls`: only calls of functions and webhooks.
 * `platforms`: all actions except those on this machine. `all`: all actions.
 */
export const receivedValues = ["none", "calls", "platforms", "all"] as const;
export type Received = (typeof receivedValues)[number];

export const whenExhaustedValues = ["skip", "suspend"] as const;
export type WhenExhausted = (typeof whenExhaustedValues)[number];

/** Limits for all responses, from the configuration. Times are in milliseconds. */
export interface LimitSettings {
  /** Whether actions are only recorded in the journal and not run. */
  readonly dryRun: boolean;
  /** Whether actions are paused by the configuration. `eyas respond resume` does not resume them in this case. */
  readonly paused: boolean;
  /** Maximum age of the alert's event. Actions do not run for older events. 0: unlimited. */
  readonly maxAge: number;
  readonly cooldown: number;
  readonly timeout: number;
  /** Maximum number of concurrent runs of an action. */
  readonly concurrency: number;
  readonly budget: {
    /** Budget of all actions except calls. Undefined: unlimited. */
    readonly all: Rate | undefined;
    /** Budget of all actions except calls, per namespace, app or task. Undefined: unlimited. */
    readonly scope: Rate | undefined;
    /** Budget of calls of functions and webhooks. Undefined: unlimited. */
    readonly calls: Rate | undefined;
  };
  /** How budgets are divided between workloads, subjects and priorities. */
  readonly shares: Shares;
  /** Effect of an exhausted budget: the action is skipped, or its target is suspended until it is released. */
  readonly whenExhausted: WhenExhausted;
  readonly never: ProtectionSettings;
  readonly received: Received;
}

/** Targets, namespaces, processes and users that actions never affect. */
export interface ProtectionSettings {
  /** Targets as they are named in the action log. `*` matches any text. */
  readonly targets: readonly string[];
  readonly namespaces: readonly string[];
  /** Paths or file names of programs that run outside containers. */
  readonly processes: readonly string[];
  /** User names or user IDs. */
  readonly users: readonly string[];
}
