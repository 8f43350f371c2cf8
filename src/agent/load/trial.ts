import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../config/load.ts";
import type { RuleFile } from "../../rule/location.ts";
import { whyNoWorker } from "../../worker/address-space.ts";
import { startWorker } from "../../worker/start.ts";
import { Failure, InvalidRules } from "../failure.ts";
import type { AgentLoadOptions, CheckedFiles } from "./load.ts";
import type { LanguageSettings, LoadingOptions, RuleSettings } from "./ready-rules.ts";

/** The input of a trial. */
export type TrialOrder =
  | {
      readonly kind: "load";
      readonly options: AgentLoadOptions;
      /** Event types for which the trial also generates the evaluation code. */
      readonly types: readonly number[];
    }
  | ExceptionsOrder
  | RuleOrder;

/** A trial of a change to a rule on the page. */
export interface RuleOrder {
  readonly kind: "rule";
  /** Name of the file with the changed rule, if the rule was written on the page. */
  readonly name: string;
  /** Rule files of the page, after the change. */
  readonly files: readonly RuleFile[];
  /** Rule files that are loaded before `pageRules`, and the exceptions, which are loaded after `pageRules`. */
  readonly paths: readonly string[];
  readonly last: readonly string[];
  readonly settings: ExceptionsOrder["settings"];
  readonly options: Omit<LoadingOptions, "last" | "pageRules" | "pause">;
}

/** A trial of a change of the exceptions file. */
export interface ExceptionsOrder {
  readonly kind: "exceptions";
  /** The exceptions that a user wrote, as YAML; undefined if the change adds none. */
  readonly yaml?: string;
  /** The changed exceptions file, and its text before the change. */
  readonly file: { readonly name: string; readonly text: string; readonly before: string };
  /** The added or changed exceptions. */
  readonly changed: readonly { readonly first: number; readonly last: number; readonly yaml: string }[];
  /** All other rule files. */
  readonly paths: readonly string[];
  readonly settings: LanguageSettings & Pick<RuleSettings, "append_output">;
  readonly options: Omit<LoadingOptions, "pause">;
}

/** The response from the worker. */
export type TrialAnswer =
  | { readonly valid: CheckedFiles }
  | { readonly invalid: string; readonly errors?: InvalidRules["errors"] };

/** Limits of a trial: CPU time and elapsed time in milliseconds, heap in MiB. */
export interface TrialLimits {
  readonly processor: number;
  readonly time: number;
  readonly heap: number;
}

const LIMITS: TrialLimits = { processor: 60_000, time: 300_000, heap: 1024 };

/**
 * Minimum heap of a worker in MiB. If half of the available memory is smaller, files are loaded without a trial; the
 * size limits of files still apply.
 */
const LEAST_HEAP = 64;

/** Interval between checks of the limits, in milliseconds. */
const WATCH = 50;

/** Growth of the process above which the heap of the worker is measured, as a fraction of the heap limit. */
const MEASURED_FROM = 1 / 4;

/** Maximum time to wait for a pending measurement at the end of a trial, in milliseconds. */
const LAST_MEASUREMENT = 1000;

/** Ratio of V8's heap limit to the limit at which the trial ends. At its own limit, V8 can abort the whole process. */
const HEADROOM = 2;

/**
 * Loads configuration, rules and response rules in a worker and discards them, so that files that exceed the limits of
 * stack, memory or time cannot harm the sensor.
 * @param types event types for which the trial also generates the evaluation code
 * @returns the checked files, to pass to `load`; undefined if no worker can start for lack of memory, address space or
 * threads
 * @throws Failure if the files are invalid, or a limit is exceeded
 */
export function tryLoad(
  options: AgentLoadOptions,
  types: readonly number[],
  limits?: Partial<TrialLimits>,
): Promise<CheckedFiles | undefined> {
  const { config, rules, option, sources, enableSources, disableSources, strict, resources } = options;
  const paths = { ...(config && { config }), ...(rules && { rules }), ...(option && { option }) };
  const more = { ...(sources && { sources }), ...(resources && { resources }), enableSources, disableSources, strict };
  return runTrial({ kind: "load", options: { ...paths, ...more }, types }, limits);
}

/** The configuration settings that a trial of exceptions needs. */
export function trialSettings(config: Config): ExceptionsOrder["settings"] {
  const { append_output, buffer_format_base64, indicators, static_fields } = config;
  return { append_output, buffer_format_base64, indicators, static_fields: { ...static_fields } };
}

/**
 * Runs a trial.
 * @returns undefined if no worker can start for lack of memory, address space or threads
 * @throws Failure
 */
export async function runTrial(
  order: TrialOrder,
  limits: Partial<TrialLimits> = {},
): Promise<CheckedFiles | undefined> {
  const { processor, time, heap: most } = { ...LIMITS, ...limits };
  const heap = Math.min(most, Math.floor(process.availableMemory() / 2 ** 21));
  if (heap < LEAST_HEAP || whyNoWorker() !== undefined) return undefined;
  const worker = startWorker(new URL("./trial-worker.ts", import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: HEADROOM * heap },
  });
  if (typeof worker === "string") return undefined;
  worker.unref();
  const { promise, resolve, reject } = Promise.withResolvers<TrialAnswer>();
  const fail = (reason: string): void => reject(new Failure(`Cannot load the configuration or rule files: ${reason}.`));
  worker.once("message", resolve);
  const failForMemory = (): void => fail(`loading requires more than ${heap} MiB of memory`);
  worker.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_WORKER_OUT_OF_MEMORY") failForMemory();
    else fail(error.message);
  });
  worker.once("exit", () => fail("the worker exited"));
  const began = performance.now();
  let leastResident = process.memoryUsage.rss();
  let measurement: Promise<void> | undefined;
  /**
   * Checks the CPU time and heap of the worker, which responds after its current garbage collection. The worker is
   * queried only if a limit may have been reached: if a query is pending when the worker ends, Node.js 24 frees the
   * query on the wrong thread, which can abort the process.
   */
  const measure = async (elapsed: number): Promise<void> => {
    const resident = process.memoryUsage.rss();
    leastResident = Math.min(leastResident, resident); // other threads may have freed memory
    const canUseProcessor = elapsed > processor;
    const canUseMemory = resident - leastResident > MEASURED_FROM * heap * 2 ** 20;
    const [used, memory] = await Promise.all([
      canUseProcessor ? worker.cpuUsage().catch(() => undefined) : undefined,
      canUseMemory ? worker.getHeapStatistics().catch(() => undefined) : undefined,
    ]);
    if (used !== undefined && (used.user + used.system) / 1000 > processor)
      fail(`loading used more than ${processor / 1000} s of CPU time`);
    else if (memory !== undefined && memory.used_heap_size > heap * 2 ** 20) failForMemory();
  };
  const watch = setInterval(() => {
    const elapsed = performance.now() - began;
    if (elapsed > time) fail(`loading took more than ${time / 1000} s`);
    measurement ??= measure(elapsed).finally(() => {
      measurement = undefined;
    });
  }, WATCH).unref();
  try {
    const answer = await promise;
    if ("invalid" in answer)
      throw answer.errors ? new InvalidRules(answer.invalid, answer.errors) : new Failure(answer.invalid);
    return answer.valid;
  } finally {
    clearInterval(watch);
    if (measurement !== undefined) await Promise.race([measurement, sleep(LAST_MEASUREMENT)]);
    void worker.terminate();
  }
}
