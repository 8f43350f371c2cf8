import { closeSync, constants, openSync } from "node:fs";
import type { AlertRecord } from "../../../alert/record.ts";
import { O_PATH } from "../../../event/fcntl.ts";
import type { ActionRequest } from "../../action.ts";
import { numberOf, textOf } from "../../fields.ts";
import { fromOtherHost } from "../../host.ts";
import { isInContainer, processesOf } from "./container-processes.ts";
import { closeDescriptor, openPidfd, signalPidfd } from "./libc.ts";
import { seesAllProcesses } from "./proc.ts";
import { openProcess } from "./process.ts";

/**
 * Opens the root directory of the alert's process. If the process cannot be opened, for example because it has exited,
 * opens the root directory of another process in its container, or that of the host.
 * @returns a descriptor, or a sentence with the reason if there is none
 */
export function openRootOf(request: Pick<ActionRequest, "alert" | "host">): number | string {
  const { alert, host } = request;
  const otherHost = fromOtherHost(request);
  if (otherHost !== undefined) return otherHost;
  const opened = openProcess(request);
  if ("process" in opened) {
    try {
      return openRoot(opened.process.pid, opened.process.pidfd);
    } catch {
      // The process has exited.
    } finally {
      opened.process.close();
    }
  }
  if (isOfHost(alert)) return openSync(host.root, constants.O_RDONLY | constants.O_DIRECTORY | O_PATH);
  const id = textOf(alert, "container.full_id") ?? textOf(alert, "container.id");
  if (id === undefined || id === "host")
    return "The process has exited, and the alert does not show whether its path is in a container.";
  return rootOfContainer(id) ?? `Container ${id} has no running process through which its files can be accessed.`;
}

/** Whether the alert's process ran outside containers. */
function isOfHost(alert: AlertRecord): boolean {
  const container = textOf(alert, "container.id");
  if (container !== undefined) return container === "host";
  const pid = numberOf(alert, "proc.pid");
  return pid !== undefined && pid === numberOf(alert, "proc.vpid");
}

/** @throws Error if the process has exited */
function openRoot(pid: number, pidfd: number): number {
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY | O_PATH);
  try {
    signalPidfd(pidfd, 0); // The process has not been reaped yet, so its PID was not reused.
    return root;
  } catch (error) {
    closeSync(root);
    throw error;
  }
}

/** Opens the root directory of a container through one of its processes. */
function rootOfContainer(id: string): number | undefined {
  if (!seesAllProcesses()) return undefined;
  for (const pid of processesOf(id)) {
    let pidfd: number | undefined;
    try {
      pidfd = openPidfd(pid);
      const root = openRoot(pid, pidfd);
      if (isInContainer(pid, id)) return root;
      closeSync(root);
    } catch {
      // The process has exited; try the next one.
    } finally {
      if (pidfd !== undefined) closeDescriptor(pidfd);
    }
  }
  return undefined;
}
