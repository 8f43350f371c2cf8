import type { Rate } from "./rule/measures.ts";

/** Which alerts that were posted to us are answered: none; by functions and webhooks; by all that touches nothing on this machine; all. */
export const receivedWords = ["none", "calls", "platforms", "all"] as const;
export type Received = (typeof receivedWords)[number];

/** The brakes of all responses, as the configuration has them. Times are milliseconds. */
export interface BrakeSettings {
  /** Nothing is done, all is said. */
  readonly dryRun: boolean;
  /** Nothing is done until it is taken back. */
  readonly paused: boolean;
  /** Alerts of older events are not answered. 0: none is too old. */
  readonly maxAge: number;
  readonly cooldown: number;
  readonly timeout: number;
  /** How many of one action may be under way at once. */
  readonly concurrency: number;
  readonly budget: {
    /** All actions that do something to somebody together. Undefined: without limit. */
    readonly all: Rate | undefined;
    /** The same for one namespace or app. */
    readonly scope: Rate | undefined;
    /** Calls of functions and webhooks: those that do nothing to anybody by themselves. */
    readonly calls: Rate | undefined;
  };
  readonly never: NeverSettings;
  readonly received: Received;
}

/** What is never touched. */
export interface NeverSettings {
  /** Targets as the trail names them; `*` is any text. */
  readonly targets: readonly string[];
  readonly namespaces: readonly string[];
  /** Paths of programs, or the names of their files, of processes outside containers. */
  readonly processes: readonly string[];
  /** Names or numbers. */
  readonly users: readonly string[];
}
