import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a Node worker.
 * @returns the worker; an error message if the system lacks threads or memory
 */
export function startWorker(url: URL, options: WorkerOptions): Worker | string {
  try {
    return new Worker(url, options);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_WORKER_INIT_FAILED") throw error;
    return `the system cannot start a thread (${error.message})`;
  }
}
