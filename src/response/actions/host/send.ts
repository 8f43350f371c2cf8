import type { ActionRequest, ActionResult } from "../../action.ts";
import { flagIn, flagParameter } from "../../parameters.ts";
import { type HeldProcess, holdProcess } from "./held.ts";
import { SystemError, signalPidfd } from "./libc.ts";
import { Signal, type SignalName } from "./signals.ts";
import { holdTree } from "./tree.ts";

export const treeParameter = flagParameter(
  "Include all descendants. Processes whose parent has ended have another parent and are not found.",
  false,
);

/** Permissions to signal exactly the alert's process. */
export const signalPermissions: readonly string[] = [
  "CAP_KILL, to signal processes of all users",
  "CAP_NET_ADMIN, to read the birth time of a process in microseconds (task statistics)",
  "the host's pid namespace (in Kubernetes `hostPID: true`)",
];

/** Processes that received the signal. */
export type Sent = { readonly to: string; close(): void; readonly pidfds: readonly number[] };

/**
 * Sends a signal to the alert's process, or to its tree.
 * @returns the processes, still open, or the result where none received it
 */
export function sendSignal(request: ActionRequest, name: SignalName): Sent | ActionResult {
  const holding = holdProcess(request);
  if ("result" in holding) return holding.result;
  const { held } = holding;
  let all: readonly HeldProcess[] = [held];
  const close = (): void => {
    for (const each of all) each.close();
  };
  try {
    if (flagIn(request.parameters, "tree")) all = holdTree(held);
    const reached = all.filter(({ pidfd }) => reaches(pidfd, name));
    if (name !== "KILL" && name !== "STOP") for (const { pidfd } of all.slice(1)) reaches(pidfd, "CONT");
    if (reached.length === 0) {
      close();
      return { outcome: "skipped", reason: `Process ${held.pid} has ended.` };
    }
    const others = reached.length > 1 ? ` and ${reached.length - 1} descendants` : "";
    return {
      to: `process ${held.pid} (${held.facts.name})${others}`,
      pidfds: reached.map(({ pidfd }) => pidfd),
      close,
    };
  } catch (error) {
    close();
    if (!(error instanceof SystemError)) throw error;
    return error.code === "ESRCH"
      ? { outcome: "skipped", reason: `Process ${held.pid} has ended.` }
      : { outcome: "failed", reason: `Cannot signal process ${held.pid}: ${error.message}.` };
  }
}

/** @returns false where the process has ended. @throws SystemError where the signal is not permitted */
function reaches(pidfd: number, name: SignalName): boolean {
  try {
    signalPidfd(pidfd, Signal[name]);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === "ESRCH") return false;
    throw error;
  }
}
