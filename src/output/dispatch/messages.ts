import type { Alert, AlertOptions } from "../../alert/alert.ts";
import type { Progress } from "../../journal/output-status.ts";
import type { OutputSettings } from "../enabled.ts";
import type { OutputCounts } from "./counts.ts";
import type { DeliveryEvent } from "./reports.ts";

/** The outputs that the dispatcher's worker opens, and their alert format. */
export interface DispatcherSettings {
  readonly settings: OutputSettings;
  readonly alerts: Omit<AlertOptions, "hostname">;
  /** Whether standard output uses colors. */
  readonly colored: boolean;
  /**
   * Current width of the terminal at standard output, in memory shared with the main thread. Set if alerts are
   * formatted for this width.
   */
  readonly columns?: Int32Array | undefined;
}

/** `workerData` of the dispatcher's worker. */
export interface DispatcherData extends DispatcherSettings {
  /** Path of the journal. */
  readonly file: string;
  readonly newOutputs: "now" | "oldest";
  /** Whether standard output is a terminal. A terminal gets only alerts raised after the start. */
  readonly terminal: boolean;
}

/** Commands to the dispatcher's worker. */
export type DispatcherCommand =
  | { readonly kind: "opened"; readonly newest: number }
  | { readonly kind: "wake" }
  | { readonly kind: "journal replaced" }
  /** `after`: sequence number of the journal alert that precedes these alerts. */
  | { readonly kind: "add"; readonly alerts: readonly Alert[]; readonly after?: number }
  | { readonly kind: "replace"; readonly setup: DispatcherSettings }
  | { readonly kind: "reopen" }
  /** The receiver of an output accepted an alert that the dispatcher did not send. */
  | { readonly kind: "accepted"; readonly output: string }
  | { readonly kind: "recorded"; readonly done: boolean }
  | { readonly kind: "close" };

/** Messages from the dispatcher's worker. */
export type DispatcherMessage =
  | { readonly kind: "ready" }
  /** The positions of all outputs are on disk. Sent after `opened` and `replace`. */
  | { readonly kind: "started" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "record"; readonly progress: Progress }
  | { readonly kind: "event"; readonly event: DeliveryEvent }
  | { readonly kind: "counts"; readonly counts: readonly OutputCounts[] }
  | { readonly kind: "ended" }
  | { readonly kind: "closed" };

/** URL of the worker module. */
export const workerUrl: URL = new URL("./worker.ts", import.meta.url);
