import { Worker } from "node:worker_threads";
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

/** The delivering thread, seen from outside. */
export interface Thread {
  order(order: Order): void;
  /** Ends it, whatever it is doing. */
  end(): void;
}

/** @param ended called once, when it has ended or broken down */
export function startThread(
  data: ThreadData,
  answered: (answer: Answer) => void,
  ended: (error: Error | undefined) => void,
): Thread {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: data });
  let failure: Error | undefined;
  worker.on("message", answered);
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  worker.on("exit", () => ended(failure));
  return { order: (order) => worker.postMessage(order), end: () => void worker.terminate() };
}
