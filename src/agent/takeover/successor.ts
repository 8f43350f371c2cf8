import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Log } from "../../telemetry/log.ts";
import { logLines } from "../../telemetry/log-lines.ts";
import { home } from "../home.ts";
import type { TakenUpTo } from "./cut.ts";
import { type FromSuccessor, SUCCESSOR, type ToSuccessor } from "./messages.ts";

/** Replaces this process with a new process of the same command, which watches the machine before this one stops. */
export interface Successor {
  /** Starts the new process, unless it was started already. */
  start(): void;
  /** Whether the new process watches the machine, and waits for this one to end. */
  readonly isWatching: boolean;
  /**
   * Tells the new process that files, ports and the journal are free. Call after everything else is closed.
   * @param taken end of the events that this process has evaluated; undefined if it stops for another reason, which also
   * ends the new process
   * @returns the ID of the new process; undefined if it has ended, or was not started
   */
  release(taken: TakenUpTo | undefined): Promise<number | undefined>;
}

/** Maximum time until the new process watches the machine, in milliseconds. */
const PATIENCE = 300_000;

/**
 * Starts a program in the background and prints its ID to descriptor 4. The shell ends at once, so that the service manager
 * becomes the parent of the program: systemd waits for the end of a stopped service only if it is the parent of its main
 * process, and otherwise kills it.
 */
const IN_BACKGROUND = '"$@" 4>&- & echo $! >&4';

/** Node.js options that limit its heap. This process may have received them when it executed itself again. */
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
  /** ID of the new process, when the shell has started it. */
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

/** Reads the ID of a process until the end of a stream; undefined if it has none. */
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
