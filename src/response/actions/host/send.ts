import type { ActionRequest, ActionResult } from "../../action.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { SystemError, signalPidfd } from "./libc.ts";
import { type OpenProcess, openProcess } from "./process.ts";
import { Signal, type SignalName } from "./signals.ts";
import { openTree } from "./tree.ts";

export const treeParameter = flagParameter(
  "Include all descendants. Descendants whose parent process has exited are not found, because they have been reparented.",
  false,
);

/** Permissions required to send a signal to the alert's process and no other process. */
export const signalPermissions: readonly string[] = [
  "CAP_KILL, to signal processes of all users",
  "CAP_NET_ADMIN, to read the start time of a process in microseconds (task statistics)",
  "the host's PID namespace (in Kubernetes `hostPID: true`)",
];

/** Processes that received the signal, with their open pidfds. */
export type Sent = { readonly to: string; close(): void; readonly pidfds: readonly number[] };

/**
 * Sends a signal to the alert's process or its process tree.
 * @returns the processes, with open pidfds, or a result if no process received the signal
 */
export function sendSignal(request: ActionRequest, name: SignalName): Sent | ActionResult {
  const opened = openProcess(request);
  if ("result" in opened) return opened.result;
  const { process: target } = opened;
  let all: readonly OpenProcess[] = [target];
  const close = (): void => {
    for (const each of all) each.close();
  };
  try {
    const tree = flagIn(request.parameters, "tree");
    if (tree) all = openTree(target);
    const reached = all.filter(({ pidfd }) => sendTo(pidfd, name));
    // openTree stopped all processes. A stopped process handles other signals only after SIGCONT.
    if (tree && name !== "KILL" && name !== "STOP") for (const { pidfd } of all) sendTo(pidfd, "CONT");
    if (reached.length === 0) {
      close();
      return { outcome: "skipped", reason: `Process ${target.pid} has exited.` };
    }
    const others =
      reached.length > 1 ? ` and ${reached.length - 1} ${reached.length === 2 ? "descendant" : "descendants"}` : "";
    return {
      to: `process ${target.pid} (${target.facts.name})${others}`,
      pidfds: reached.map(({ pidfd }) => pidfd),
      close,
    };
  } catch (error) {
    close();
    if (!(error instanceof SystemError)) throw error;
    return error.code === "ESRCH"
      ? { outcome: "skipped", reason: `Process ${target.pid} has exited.` }
      : { outcome: "failed", reason: `Cannot signal process ${target.pid}: ${error.message}.` };
  }
}

/**
 * @returns false if the process has exited
 * @throws SystemError if the signal is not permitted
 */
function sendTo(pidfd: number, name: SignalName): boolean {
  try {
    signalPidfd(pidfd, Signal[name]);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === "ESRCH") return false;
    throw error;
  }
}
