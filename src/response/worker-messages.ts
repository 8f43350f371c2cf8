import type { ActionState } from "../journal/action-entry.ts";
import type { RuleFile } from "../rule/location.ts";
import type { ActionHost } from "./host.ts";
import type { ResponderEvent, ResponseCounts } from "./responder/events.ts";
import type { LimitSettings } from "./settings.ts";
import type { SharedParameters } from "./shared-parameters.ts";

/** Rules and settings of the responder. */
export interface ResponderConfig {
  /** Response rules without errors. */
  readonly files: readonly RuleFile[];
  /** Parameters that the configuration sets for all rules. */
  readonly shared: SharedParameters;
  /** Notifiers of all rules. */
  readonly notifiers: readonly string[];
  readonly settings: LimitSettings;
  /** Outcomes that are reported one by one; all are counted. */
  readonly report: readonly ActionState[];
}

/** Start data of the worker. */
export interface WorkerData extends ResponderConfig {
  /** The journal. */
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

/** Messages of the worker. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "event"; readonly event: ResponderEvent }
  | { readonly kind: "counts"; readonly counts: ResponseCounts }
  | { readonly kind: "closed" };

/** The module of the worker. */
export const workerUrl: URL = new URL("./worker.ts", import.meta.url);
