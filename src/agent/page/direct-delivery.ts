import type { Config } from "../../config/load.ts";
import { type DirectAnswer, type DirectTask, directUrl } from "../../output/direct/messages.ts";
import { outputSettings } from "../../output/outputs.ts";
import { whyNoWorker } from "../../worker/address-space.ts";
import { heapLimits } from "../../worker/heap.ts";
import { startWorker } from "../../worker/start.ts";
import { journalFile } from "../delivery/journal.ts";
import { alertOptions } from "../load/ready-rules.ts";

/** Time after which no more dead letters are sent, and time after which the worker is terminated, in milliseconds. */
const LIMITS = { deadline: 20_000, end: 60_000 };
/** Heap limit of the worker in MiB. */
const HEAP = 256;

const BUSY = "Another test or resend is in progress. Try again when it has ended.";

/** Delivers alerts without the dispatcher, for users of the page. */
export interface DirectDelivery {
  /** Performs a task, unless another one is in progress. Never rejects. */
  perform(task: DirectTask, config: Config): Promise<DirectAnswer>;
}

/** @param limits for tests */
export function directDelivery(hostname: string, limits: typeof LIMITS = LIMITS): DirectDelivery {
  let isBusy = false;
  return {
    async perform(task, config) {
      if (isBusy) return { failure: BUSY };
      isBusy = true;
      try {
        return await inWorker(task, config, hostname, limits);
      } finally {
        isBusy = false;
      }
    },
  };
}

async function inWorker(
  task: DirectTask,
  config: Config,
  hostname: string,
  limits: typeof LIMITS,
): Promise<DirectAnswer> {
  const reason = whyNoWorker();
  if (reason !== undefined) return { failure: `Cannot start a worker: it ${reason}.` };
  const worker = startWorker(directUrl, {
    workerData: {
      task,
      settings: outputSettings(config),
      format: alertOptions(config, hostname),
      file: journalFile(config.journal),
      timeout: limits.deadline,
    },
    resourceLimits: heapLimits(HEAP),
  });
  if (typeof worker === "string") return { failure: `Cannot start a worker: ${worker}.` };
  worker.unref();
  const { promise, resolve } = Promise.withResolvers<DirectAnswer>();
  const late = `${task.output} did not respond within ${limits.end / 1000} s. The receiver may have accepted alerts.`;
  const timer = setTimeout(() => resolve({ failure: late }), limits.end).unref();
  worker.once("message", resolve);
  worker.once("error", (error) => resolve({ failure: `The delivery failed: ${error.message}.` }));
  worker.once("exit", () => resolve({ failure: "The delivery ended without a result." }));
  const answer = await promise;
  clearTimeout(timer);
  void worker.terminate();
  return answer;
}
