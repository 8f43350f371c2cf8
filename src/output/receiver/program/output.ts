import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import type { Alert } from "../../../alert/alert.ts";
import { type Delivery, delivered, type Line, type Output, reasonOf } from "../../output.ts";
import { inGroups } from "../../transport/in-groups.ts";
import { makePipe } from "../../transport/pipe.ts";

export interface ProgramOptions {
  /** Command line for the shell, as in Falco: pipes and quotes work. Text of alerts is never part of it. */
  readonly program: string;
  /** Keep the program running between alerts. */
  readonly keepAlive: boolean;
}

/** Milliseconds for the program to exit once its input has ended. */
const EXIT_TIMEOUT = 5000;
/** Milliseconds for a run with one alert. */
const LONGEST_RUN = 60_000;

/** A run of the program, and its standard input. */
interface Run {
  readonly child: ChildProcess;
  readonly input: Socket;
}

/** Writes alerts to the standard input of a program, one per line. */
export function programOutput(line: Line, { program, keepAlive }: ProgramOptions): Output {
  let current: Run | undefined;

  /** @throws Error without free descriptors */
  function start(): Run {
    const { readEnd, writeEnd } = makePipe();
    const child = spawn("/bin/sh", ["-c", program], { stdio: [readEnd, "inherit", "inherit"] });
    closeSync(readEnd);
    child.on("error", () => {});
    child.on("close", () => writeEnd.destroy());
    writeEnd.on("error", () => {}); // each write reports it
    return { child, input: writeEnd };
  }

  /** Ends a program's input and waits for the program. */
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
   * Runs the program for each alert, so that programs that read their whole input, like `jq … | curl`, get one at a
   * time. The program may read only a part of it.
   */
  async function handAlone(alerts: readonly Alert[]): Promise<Delivery> {
    const run = start();
    current = run; // so that it can be ended early
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

/** Turns a failed start into a retry. */
function orRetry(hand: Hand): Hand {
  return (alerts) => hand(alerts).catch((error: unknown) => retry(reasonOf(error)));
}

function retry(reason: string): Delivery {
  return { outcome: "retry", reason };
}

function over({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Exit statuses that request a retry: EX_TEMPFAIL, and those of the shell. Others are ignored, as in Falco. */
const failures: Readonly<Record<number, string>> = {
  75: "the program requests a retry (75)",
  126: "the program can't be run (126)",
  127: "program not found (127)",
};

function failureOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  if (signalCode !== null) return `the program was ended by ${signalCode}`;
  return failures[exitCode ?? 0];
}

/** Writes a text. @returns the reason if the program does not read it */
function written({ input }: Run, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (!input.writable) resolve("the program doesn't read its input");
    else input.write(text, (error) => resolve(error ? reasonOf(error) : undefined));
  });
}

async function ended(child: ChildProcess, patience: number): Promise<void> {
  if (over(child) || child.pid === undefined) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill(), patience);
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
