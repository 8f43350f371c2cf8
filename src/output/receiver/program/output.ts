import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Alert } from "../../../alert/alert.ts";
import { type Delivery, delivered, type Line, type Output, reasonOf } from "../../output.ts";
import { inGroups } from "../../transport/in-groups.ts";
import { makePipe } from "../../transport/pipe.ts";

export interface ProgramOptions {
  /** Command line that the shell runs, as in Falco, so pipes and quotes work. It never contains text from alerts. */
  readonly program: string;
  /** Whether to keep the program running between alerts. */
  readonly keepAlive: boolean;
}

/** Time for the program to exit after its input ends, in milliseconds. */
const EXIT_TIMEOUT = 5000;
/** Time for a terminated program to exit before it is killed, in milliseconds, and interval between checks. */
const [KILL_AFTER, CHECK] = [2000, 50];
/** Maximum duration of a run with one alert, in milliseconds. */
const LONGEST_RUN = 60_000;

/** A running program and its standard input. */
interface Run {
  readonly child: ChildProcess;
  readonly input: Socket;
}

/** Writes alerts to the standard input of a program, one per line. */
export function programOutput(line: Line, { program, keepAlive }: ProgramOptions): Output {
  let current: Run | undefined;

  /** @throws Error if no file descriptors are available */
  function start(): Run {
    const { readEnd, writeEnd } = makePipe();
    const child = spawn("/bin/sh", ["-c", program], {
      stdio: [readEnd, "inherit", "inherit"],
      detached: true, // in a process group of its own, so that each process of a pipeline can be ended
    });
    closeSync(readEnd);
    child.on("error", () => {});
    child.on("close", () => writeEnd.destroy());
    writeEnd.on("error", () => {}); // each write reports its error
    return { child, input: writeEnd };
  }

  /**
   * Closes a program's input and waits for its exit. Terminates the program if it does not exit within `patience`
   * milliseconds.
   */
  async function finish(ending: Run, patience: number): Promise<string | undefined> {
    ending.input.end();
    await ended(ending.child, patience);
    if (current === ending) current = undefined;
    return failureOf(ending.child);
  }

  async function farewell(): Promise<void> {
    if (current !== undefined) await finish(current, EXIT_TIMEOUT);
  }

  async function hand(alerts: readonly Alert[]): Promise<Delivery> {
    if (current !== undefined && (over(current.child) || !current.input.writable)) current = undefined;
    current ??= start();
    const taking = current;
    const failure = await written(taking, alerts.map((alert) => `${line(alert)}\n`).join(""));
    return failure === undefined ? delivered : retry((await finish(taking, EXIT_TIMEOUT)) ?? failure);
  }

  /**
   * Runs the program once per alert, for programs that read all of their input, like `jq … | curl`. The program may
   * leave part of its input unread.
   */
  async function handAlone(alerts: readonly Alert[]): Promise<Delivery> {
    const run = start();
    current = run; // makes it possible to end the program early
    const failure = await written(run, alerts.map((alert) => `${line(alert)}\n`).join(""));
    const failed = (await finish(run, LONGEST_RUN)) ?? (run.child.pid === undefined ? failure : undefined);
    return failed === undefined ? delivered : retry(failed);
  }

  return {
    name: "program",
    remote: true,
    async deliver(batch) {
      return keepAlive ? orRetry(hand)(batch) : inGroups(batch, 1, orRetry(handAlone));
    },
    reopen() {
      void farewell();
    },
    close: farewell,
  };
}

type Hand = (alerts: readonly Alert[]) => Promise<Delivery>;

/** Wraps a delivery function. If the program cannot be started, the delivery is retried. */
function orRetry(hand: Hand): Hand {
  return (alerts) => hand(alerts).catch((error: unknown) => retry(reasonOf(error)));
}

function retry(reason: string): Delivery {
  return { outcome: "retry", reason };
}

function over({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/**
 * Exit statuses that request a retry: EX_TEMPFAIL and statuses of the shell. Other statuses are ignored, as in Falco.
 */
const failures: Readonly<Record<number, string>> = {
  75: "the program requests a retry (exit code 75)",
  126: "the program cannot be executed (exit code 126)",
  127: "the program was not found (exit code 127)",
};

function failureOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  if (signalCode !== null) return `the program was terminated by ${signalCode}`;
  return failures[exitCode ?? 0];
}

/**
 * Writes a string.
 * @returns an error if the program does not read its input
 */
function written({ input }: Run, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (!input.writable) resolve("the program does not read its input");
    else input.write(text, (error) => resolve(error ? reasonOf(error) : undefined));
  });
}

/**
 * Waits for the exit of a program. After `patience` milliseconds, terminates the program and the processes that it has
 * started, and kills the remaining processes.
 */
async function ended(child: ChildProcess, patience: number): Promise<void> {
  const { pid } = child;
  if (over(child) || pid === undefined) return;
  const exited = new AbortController();
  const exit = new Promise<void>((resolve) => {
    child.once("close", () => {
      exited.abort();
      resolve();
    });
  });
  await wait(patience, undefined, { signal: exited.signal }).catch(() => {});
  if (exited.signal.aborted) return;
  signalGroup(pid, "SIGTERM");
  const end = performance.now() + KILL_AFTER;
  while (performance.now() < end && signalGroup(pid, 0)) await wait(CHECK);
  signalGroup(pid, "SIGKILL");
  await Promise.race([exit, wait(KILL_AFTER, undefined, { ref: false })]);
}

/**
 * Sends a signal to each process of a process group. The signal 0 has no effect.
 * @returns whether the group has a process
 */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
