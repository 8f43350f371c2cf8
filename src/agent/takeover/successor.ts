import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { home } from "../home.ts";
import type { TakenUpTo } from "./cut.ts";
import { type FromSuccessor, SUCCESSOR, type ToSuccessor } from "./messages.ts";

/**
 * Replaces this process with a new process that runs the same command and watches the machine before this process
 * stops.
 */
export interface Successor {
  /** Starts the new process, unless it has already been started. */
  start(): void;
  /** Whether the new process watches the machine and waits for this process to end. */
  readonly isWatching: boolean;
  /**
   * Notifies the new process that files, ports and the journal are free. Must be called after all other components are
   * closed.
   * @param taken position up to which this process has evaluated events; undefined if this process stops for another
   * reason, in which case the new process also ends
   * @returns the ID of the new process; undefined if the new process has ended or was not started
   */
  release(taken: TakenUpTo | undefined): Promise<number | undefined>;
}

/** Maximum time until the new process watches the machine, in milliseconds. */
const PATIENCE = 300_000;

/**
 * Starts a program in the background and prints its ID to descriptor 4. The shell exits immediately, so that the
 * service manager becomes the parent of the program. When a service is stopped, systemd waits for the main process only
 * if systemd is its parent, and otherwise kills the process.
 */
const IN_BACKGROUND = '"$@" 4>&- & echo $! >&4';

/**
 * Matches the Node.js option that limits the heap, which this process may have received when it executed the program
 * again.
 */
const HEAP = /^--max-old-space-size=\d+$/;

export interface SuccessorOptions {
  readonly log: Log;
  /** Called when the new process watches the machine. */
  readonly wake: () => void;
  /** Additional environment variables of the new process. */
  readonly environment: NodeJS.ProcessEnv;
}

export function openSuccessor({ log, wake, environment }: SuccessorOptions): Successor {
  let child: ChildProcess | undefined;
  /** Resolves to the ID of the new process when the shell has started it. */
  let pid: Promise<number | undefined> | undefined;
  let isWatching = false;
  const ended = (reason: string): void => {
    child = undefined;
    isWatching = false;
    log(logLines.successorFailed(reason));
  };
  return {
    start() {
      if (child !== undefined) return;
      log(logLines.successorStarting());
      const heap = process.execArgv.filter((option) => HEAP.test(option)).join(" ");
      const variables = {
        ...environment,
        [SUCCESSOR]: String(process.pid),
        ...(heap !== "" && { NODE_OPTIONS: heap }),
      };
      const command = [join(home, "bin/eyas"), ...process.argv.slice(2)];
      const started = spawn("/bin/sh", ["-c", IN_BACKGROUND, "sh", ...command], {
        stdio: ["ignore", "inherit", "inherit", "ipc", "pipe"],
        env: { ...process.env, ...variables },
      });
      child = started;
      const own = printedId(started.stdio[4]);
      pid = own;
      const timer = setTimeout(() => void kill(own, "SIGKILL"), PATIENCE).unref();
      started.on("message", (message: FromSuccessor) => {
        if (message !== "watching") return;
        clearTimeout(timer);
        isWatching = true;
        wake();
      });
      started.once("error", (error) => child === started && ended(error.message));
      started.once("disconnect", () => {
        clearTimeout(timer);
        if (child === started) ended("it exited");
      });
    },
    get isWatching() {
      return isWatching;
    },
    async release(taken) {
      const successor = child;
      child = undefined; // its end is no longer reported
      if (successor === undefined) return undefined;
      if (taken === undefined) {
        await kill(pid, "SIGTERM");
        return undefined;
      }
      const failure = await new Promise<Error | null>((resolve) => {
        successor.send({ taken } satisfies ToSuccessor, resolve);
      });
      if (successor.connected) successor.disconnect();
      successor.unref();
      return failure === null ? pid : undefined;
    },
  };
}

/** Reads a stream to its end and returns the process ID in it; undefined if there is none. */
async function printedId(stream: ChildProcess["stdio"][4]): Promise<number | undefined> {
  let text = "";
  try {
    if (stream instanceof Readable) for await (const chunk of stream) text += chunk;
  } catch {
    return undefined; // the shell could not be started
  }
  const id = Number(text);
  return Number.isInteger(id) && id > 0 ? id : undefined;
}

async function kill(pid: Promise<number | undefined> | undefined, signal: NodeJS.Signals): Promise<void> {
  const id = await pid;
  if (id === undefined) return;
  try {
    process.kill(id, signal);
  } catch {
    // it has ended
  }
}
