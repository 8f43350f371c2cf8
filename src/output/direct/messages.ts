import type { AlertOptions } from "../../alert/alert.ts";
import type { OutputSettings } from "../enabled.ts";
import type { ResendOutcome } from "./resend.ts";
import type { TestOutcome } from "./test-alert.ts";

/** A delivery without the dispatcher. */
export type DirectTask =
  | { readonly kind: "test"; readonly output: string }
  /**
   * Sends dead letters again: only those of alerts after the sequence number `after`, or only that of the alert with
   * the ID `alert`. Default: all dead letters.
   */
  | { readonly kind: "resend"; readonly output: string; readonly alert?: string; readonly after?: number };

/** `workerData` of the worker. */
export interface DirectOrder {
  readonly task: DirectTask;
  readonly settings: OutputSettings;
  readonly format: AlertOptions;
  /** Path of the journal. */
  readonly file: string;
  /** Time after which no more dead letters are sent, in milliseconds from the start of the worker. */
  readonly timeout: number;
}

/** The outcome of the task, or the reason why the task could not be performed, as a sentence. */
export type DirectAnswer =
  | { readonly test: TestOutcome }
  | { readonly resent: ResendOutcome }
  | { readonly failure: string };

/** URL of the worker module. */
export const directUrl: URL = new URL("./worker.ts", import.meta.url);
