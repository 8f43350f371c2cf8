import type { ActionState } from "../journal/action-entry.ts";
import type { RuleFile } from "../rule/location.ts";
import type { ActionHost } from "./host.ts";
import type { ResponderEvent, ResponseCounts } from "./responder/events.ts";
import type { LimitSettings } from "./settings.ts";
import type { SharedParameters } from "./shared-parameters.ts";

/** Rules and settings of the responder. */
export interface ResponderConfig {
  /** Files that contain valid response rules. */
  readonly files: readonly RuleFile[];
  /** Parameters for all rules, from the configuration. */
  readonly shared: SharedParameters;
  /** Notifiers for all rules. */
  readonly notifiers: readonly string[];
  readonly settings: LimitSettings;
  /** Outcomes for which each step is reported. Steps of all outcomes are counted. */
  readonly report: readonly ActionState[];
}

/** `workerData` of the worker. */
export interface WorkerData extends ResponderConfig {
  /** Path of the journal. */
  readonly file: string;
  readonly host: ActionHost;
  readonly root: string;
}

/** Messages to the worker. */
export type Order =
  | { readonly kind: "opened"; readonly last: number | undefined }
  | { readonly kind: "appended" }
  | { readonly kind: "replaced" }
  | { readonly kind: "use"; readonly config: ResponderConfig }
  | { readonly kind: "close" };

/** Messages from the worker. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "event"; readonly event: ResponderEvent }
  | { readonly kind: "counts"; readonly counts: ResponseCounts }
  | { readonly kind: "closed" };

/** URL of the worker module. */
export const workerUrl: URL = new URL("./worker.ts", import.meta.url);
