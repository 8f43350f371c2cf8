// Worker that reads one indicator file.
import { parentPort, workerData } from "node:worker_threads";
import { type IndicatorContent, type IndicatorFile, readIndicators } from "./read.ts";

/** The result of the worker. */
export type IndicatorAnswer = { readonly content: IndicatorContent } | { readonly failed: string };

function answer(): IndicatorAnswer {
  try {
    const [seed = 1] = crypto.getRandomValues(new Uint32Array(1));
    return { content: readIndicators(workerData as IndicatorFile, seed) }; // set by readInWorker
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.postMessage(answer());
