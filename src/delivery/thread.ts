import type { Alert, AlertOptions } from "../alert/alert.ts";
import type { Progress } from "../journal/output-status.ts";
import type { OutputSettings } from "../output/outputs.ts";
import type { DeliveryNews } from "./courier.ts";
import type { OutputCounts } from "./lane.ts";

/** What the delivering thread is told of outputs, and of alerts as they want them. */
export interface Wishes {
  readonly settings: OutputSettings;
  readonly alerts: Omit<AlertOptions, "hostname">;
  /** Standard output has colours. */
  readonly colored: boolean;
  /** Standard output is a terminal: nobody wants to see there what is over. */
  readonly terminal: boolean;
}

/** What it begins with. */
export interface ThreadData extends Wishes {
  /** The journal. */
  readonly file: string;
  readonly newOutputs: "now" | "oldest";
}

/** What it is asked to do. */
export type Order =
  | { readonly kind: "opened"; readonly last: number }
  | { readonly kind: "kept" }
  | { readonly kind: "turned" }
  | { readonly kind: "add"; readonly alerts: readonly Alert[] }
  | { readonly kind: "replace"; readonly wishes: Wishes }
  | { readonly kind: "reopen" }
  | { readonly kind: "recorded"; readonly done: boolean }
  | { readonly kind: "close" };

/** What it answers. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "record"; readonly progress: Progress }
  | { readonly kind: "news"; readonly news: DeliveryNews }
  | { readonly kind: "counts"; readonly counts: readonly OutputCounts[] }
  | { readonly kind: "over" }
  | { readonly kind: "closed" };

/** The module of the worker. */
export const workerUrl: URL = new URL("./worker.ts", import.meta.url);
