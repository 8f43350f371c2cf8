import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createServer } from "node:net";
import { findProgram } from "./part.ts";

/** Starts a server that ends with this process, even if this process is killed. */
export function startChild(program: string, words: readonly string[], options: SpawnOptions): ChildProcess {
  const setpriv = findProgram("setpriv"); // from util-linux; without it, only endChild ends the server
  return setpriv === undefined
    ? spawn(program, words, options)
    : spawn(setpriv, ["--pdeathsig", "KILL", "--", program, ...words], options);
}

/** Interval between SIGTERM and SIGKILL, in milliseconds. */
const FAREWELL = 5000;

/**
 * Ends a child process, and waits until it has exited. @param farewell interval between SIGTERM and SIGKILL, in
 * milliseconds
 */
export async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals = "SIGTERM",
  farewell: number = FAREWELL,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  const force = setTimeout(() => child.kill("SIGKILL"), farewell);
  await gone;
  clearTimeout(force);
}

/** Returns a free port of 127.0.0.1. Another program may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
