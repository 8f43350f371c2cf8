import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openDatagrams } from "../src/source/unix/datagrams.ts";

/** An agent that is started as systemd starts a service, and that another process can replace. */
export interface Service {
  /** ID of the process that currently evaluates events. */
  readonly main: number;
  /** The output of all processes so far. */
  log(): string;
  /** Waits for a notification that matches the pattern, and returns the first group of the match. */
  notified(pattern: RegExp): Promise<string>;
  /** Requests a new process, and waits until it has taken over. */
  replace(): Promise<void>;
  /** Stops the process that currently evaluates events, and waits until the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `eyas run` with a configuration file, and waits until it is ready. */
export async function startService(config: string, folder: string): Promise<Service> {
  const path = join(folder, "notify.sock");
  const socket = openDatagrams(path, 1000);
  const agent: ChildProcess = spawn(join(import.meta.dirname, "../bin/eyas"), ["run", "-c", config], {
    env: { ...process.env, NOTIFY_SOCKET: path },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  agent.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  let main = agent.pid ?? 0;
  async function notified(pattern: RegExp): Promise<string> {
    for (;;) {
      const message = Buffer.from((await socket.next()) ?? []).toString();
      const found = pattern.exec(message);
      if (found !== null) return found[1] ?? "";
    }
  }
  await notified(/^READY=1/);
  return {
    get main() {
      return main;
    },
    log: () => log,
    notified,
    async replace() {
      process.kill(main, "SIGUSR2");
      main = Number(await notified(/^MAINPID=(\d+)$/));
      await notified(/^READY=1/);
    },
    async stop(signal = "SIGTERM") {
      if (isRunning(main)) process.kill(main, signal);
      while (isRunning(main)) await pause(50);
      await socket.close();
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
