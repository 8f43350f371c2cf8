import type { LiveSource } from "../../source/syscall/live.ts";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import type { Loaded } from "../load/load.ts";
import type { MemoryPlan } from "../memory/plan.ts";
import { isLive, startLive } from "../sensor/sensor.ts";
import type { TakenUpTo } from "./cut.ts";
import { type FromSuccessor, SUCCESSOR, type ToSuccessor } from "./messages.ts";

/** State that a new process takes over from the previous process. */
export interface Inheritance {
  /** Process ID of the previous process. */
  readonly from: number;
  /**
   * The source of system call events, opened before the previous process stopped; undefined if no system calls are
   * watched.
   */
  readonly live: LiveSource | undefined;
  /**
   * Position up to which the previous process evaluated events; undefined if the process ended without sending the
   * position.
   */
  readonly taken: TakenUpTo | undefined;
}

/** Interval between moves of events from the ring buffers to memory, in milliseconds. */
const RELIEF = 20;
/** Maximum time from the end of the previous process until the session evaluates events, in milliseconds. */
const OPENING = 10_000;

/**
 * Returns the ID of the process that this process replaces, and removes it from the environment; undefined if there is
 * none.
 */
export function predecessorOf(environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const { [SUCCESSOR]: value } = environment;
  if (value === undefined) return undefined;
  delete environment[SUCCESSOR];
  delete environment.NODE_OPTIONS; // set for this process only
  const pid = Number(value);
  return Number.isInteger(pid) && pid > 0 && process.send !== undefined ? pid : undefined;
}

/**
 * Starts to watch the machine, and waits until the previous process has closed its journal, files and ports.
 * @throws CannotWatch
 */
export async function inherit(
  from: number,
  loaded: Loaded,
  { log, memory }: { readonly log: Log; readonly memory: MemoryPlan | undefined },
): Promise<Inheritance> {
  const live = isLive(loaded.config) ? startLive(loaded, log, memory) : undefined;
  live?.scan();
  const timer = setInterval(() => live?.relieve(), RELIEF).unref();
  try {
    const taken = await new Promise<TakenUpTo | undefined>((resolve) => {
      process.once("message", (message) => resolve((message as ToSuccessor).taken));
      process.once("disconnect", () => resolve(undefined));
      process.send?.("watching" satisfies FromSuccessor);
    });
    if (taken === undefined) log(logLines.predecessorEnded());
    if (process.connected) process.disconnect();
    setTimeout(() => clearInterval(timer), OPENING).unref();
    return { from, live, taken };
  } catch (error) {
    clearInterval(timer);
    live?.close();
    throw error;
  }
}

/** Returns a holder that provides a value for the first session, and undefined for later sessions. */
export function onceOnly<Value>(value: Value | undefined): { take(): Value | undefined } {
  let left = value;
  return {
    take() {
      const taken = left;
      left = undefined;
      return taken;
    },
  };
}
