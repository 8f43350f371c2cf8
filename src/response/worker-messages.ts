import type { StepState } from "../journal/step.ts";
import type { RuleFile } from "../rule/place.ts";
import type { Place } from "./host.ts";
import type { ResponseCounts, ResponseNews } from "./responder/responder.ts";
import type { BrakeSettings } from "./settings.ts";
import type { SharedParameters } from "./shared-parameters.ts";

/** What is to be answered, and how. */
export interface ResponseOrders {
  /** Response rules, read by whoever gives the order and known to be right. */
  readonly files: readonly RuleFile[];
  /** What they don't say of parameters. */
  readonly shared: SharedParameters;
  readonly settings: BrakeSettings;
  /** Outcomes that are told one by one; all are counted. */
  readonly report: readonly StepState[];
}

/** What the responding thread begins with. */
export interface ThreadData extends ResponseOrders {
  /** The journal. */
  readonly file: string;
  readonly place: Place;
  readonly root: string;
}

/** What it is asked to do. */
export type Order =
  | { readonly kind: "opened"; readonly last: number | undefined }
  | { readonly kind: "kept" }
  | { readonly kind: "turned" }
  | { readonly kind: "use"; readonly orders: ResponseOrders }
  | { readonly kind: "close" };

/** What it answers. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "news"; readonly news: ResponseNews }
  | { readonly kind: "counts"; readonly counts: ResponseCounts }
  | { readonly kind: "closed" };

/** The module of the worker. */
export const workerUrl: URL = new URL("./worker.ts", import.meta.url);
