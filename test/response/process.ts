import { spawn } from "node:child_process";
import type { AlertRecord, FieldValue } from "../../src/alert/record.ts";
import type { ActionRequest } from "../../src/response/action.ts";
import { Clock, clock } from "../../src/response/actions/host/libc.ts";
import { readFacts } from "../../src/response/actions/host/proc.ts";
import { testHost } from "./host.ts";

/** Returns an alert of a current event. */
export function alertOf(fields: Readonly<Record<string, FieldValue>>, more: Partial<AlertRecord> = {}): AlertRecord {
  return {
    id: "0198f0a0-0000-7000-8000-000000000001",
    rule: "Test",
    priority: "Warning",
    source: "syscall",
    tags: [],
    hostname: "here",
    time: clock(Clock.REALTIME),
    output: "test",
    fields: new Map(Object.entries(fields)),
    json: "{}",
    ...more,
  };
}

export function requestOf(alert: AlertRecord, parameters: Readonly<Record<string, unknown>> = {}): ActionRequest {
  return { alert, parameters, key: alert.id, signal: new AbortController().signal, host: testHost({}) };
}

/** A process that sleeps for ten minutes. */
export interface Sleeper {
  readonly pid: number;
  readonly ended: Promise<NodeJS.Signals | null>;
  end(): Promise<void>;
}

export function startSleeper(command = "sleep", words: readonly string[] = ["600"]): Sleeper {
  const child = spawn(command, words, { stdio: "ignore", detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} can't be started`);
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
  return {
    pid,
    ended,
    async end() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Returns the state of a process in `/proc`, such as `S`, `T` or `Z`; "gone" if there is no such process. */
export function stateOf(pid: number): string {
  return readFacts(pid)?.state ?? "gone";
}
