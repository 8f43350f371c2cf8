// Loads mutants of rule files, response rules and configurations, whose content is enlarged, nested or repeated.
import { Worker } from "node:worker_threads";
import { seeded } from "../damaged/random.ts";
import { bombs, type FileKind } from "./bombs.ts";
import { structureMutant } from "./mutate-structure.ts";

/** Results of {@link attackLoading}. All but `attempts` should be 0. */
export interface LoadingAttack {
  attempts: number;
  /** Number of errors that are not diagnostics, and of workers that ended with an exhausted stack or memory. */
  crashes: number;
  /** Number of attempts that took more than 5 s of processor time. */
  hangs: number;
}

export interface LoadingAttackOptions {
  /** Duration in minutes, unless the number of `attempts` is reached first. */
  readonly minutes?: number;
  readonly attempts?: number;
  /** Seed of the mutants; equal seeds result in equal mutants. */
  readonly seed: number;
  /** Whether this is a test, which gives slow and loaded machines more time. */
  readonly isTest?: boolean;
  /** Whether only mutants are loaded, not {@link bombs}. */
  readonly skipBombs?: boolean;
  /** Receives a line with the seed and a line for each finding. */
  readonly report: (line: string) => void;
}

/** Maximum processor time of an attempt, in milliseconds. */
export const HANG = 5000;
/** Time without processor time after which an attempt also counts as a hang, in milliseconds. */
const SILENCE = 120_000;
const HEAP = 512;
/** Factor by which machines that run tests may be slower. */
export const SLOW = 4;

/** Loads the known bombs, then mutants until the time has elapsed. */
export async function attackLoading(options: LoadingAttackOptions): Promise<LoadingAttack> {
  const { minutes = 60, attempts = Number.POSITIVE_INFINITY, seed, report } = options;
  const found: LoadingAttack = { attempts: 0, crashes: 0, hangs: 0 };
  const end = Date.now() + minutes * 60_000;
  report(`loading: seed ${seed}`);
  const loader = openLoader(options.isTest ? SLOW * HANG : HANG);
  try {
    for (let i = 0; i < attempts && Date.now() < end; i++) {
      const bomb = options.skipBombs ? undefined : bombs[i];
      const mutant = bomb ?? structureMutant(seeded(seed + i));
      if (mutant === undefined) continue;
      const outcome = await loader.load(mutant.kind, mutant.text);
      found.attempts++;
      if (outcome === "loaded") continue;
      if (outcome === "hangs") found.hangs++;
      else found.crashes++;
      const what = outcome === "hangs" ? "takes more than 5 s" : `fails: ${outcome.crashed}`;
      report(`loading: ${mutant.kind}, ${bomb ? "bomb" : `seed ${seed + i}`} (${mutant.name}) ${what}`);
    }
  } finally {
    await loader.close();
  }
  return found;
}

export type Outcome = "loaded" | "hangs" | { readonly crashed: string };

/** A worker that loads texts, with limits of time and memory. */
export interface Loader {
  load(kind: FileKind, text: string): Promise<Outcome>;
  /** Messages about the text that was loaded last. */
  readonly messages: string;
  close(): Promise<void>;
}

/** @param hang processor time after which an attempt counts as a hang, in milliseconds */
export function openLoader(hang: number = HANG): Loader {
  let worker: Worker | undefined;
  let messages = "";

  async function start(): Promise<Worker> {
    const started = new Worker(new URL("./loading-worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP },
    });
    await new Promise((resolve, reject) => {
      started.once("message", resolve);
      started.once("error", reject);
    });
    return started;
  }

  return {
    async load(kind, text) {
      worker ??= await start();
      const running = worker;
      const before = await running.cpuUsage();
      const began = Date.now();
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      const watch = setInterval(async () => {
        const used = await running.cpuUsage(before).catch(() => undefined);
        const spent = used === undefined ? 0 : (used.user + used.system) / 1000;
        if (spent > hang || Date.now() - began > SILENCE) resolve("hangs");
      }, 250);
      const answered = (answer: { readonly messages?: string; readonly crashed?: string }): void => {
        messages = answer.messages ?? "";
        resolve(answer.crashed === undefined ? "loaded" : { crashed: answer.crashed });
      };
      const failed = (error: Error): void => resolve({ crashed: error.message });
      running.once("message", answered);
      running.once("error", failed);
      running.postMessage({ kind, text });
      const outcome = await promise;
      clearInterval(watch);
      running.off("message", answered);
      running.off("error", failed);
      if (outcome !== "loaded") {
        running.on("error", () => {}); // it ends when it is terminated
        worker = undefined;
        await running.terminate();
      }
      return outcome;
    },
    get messages() {
      return messages;
    },
    async close() {
      await worker?.terminate();
    },
  };
}
