import { Worker } from "node:worker_threads";
import type { Entry } from "../alert/entry.ts";
import type { Counts, JournalSettings, Kept, News } from "./keep.ts";
import type { Progress } from "./output-status.ts";

/** What the writing thread is asked to do. */
export type Order =
  | { readonly kind: "keep"; readonly entries: readonly Entry[] }
  | { readonly kind: "place"; readonly name: string; readonly seq: number }
  | { readonly kind: "record"; readonly progress: Progress }
  | { readonly kind: "close" };

/** What it answers: `kept` and `recorded` in the order in which it was asked. */
export type Answer =
  | { readonly kind: "opened"; readonly last: number }
  | { readonly kind: "kept"; readonly kept: Kept }
  | { readonly kind: "recorded"; readonly done: boolean }
  | { readonly kind: "news"; readonly news: News }
  | { readonly kind: "counts"; readonly counts: Counts }
  | { readonly kind: "closed" };

/** The writing thread, seen from outside. */
export interface Thread {
  order(order: Order): void;
}

/** @param ended called once, when it has ended or broken down */
export function startThread(
  settings: JournalSettings,
  answered: (answer: Answer) => void,
  ended: (error: Error | undefined) => void,
): Thread {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: settings });
  let failure: Error | undefined;
  worker.on("message", answered);
  worker.on("error", (error) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  worker.on("exit", () => ended(failure));
  return { order: (order) => worker.postMessage(order) };
}
