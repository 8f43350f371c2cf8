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
import { allUsers, type IsUser, usersOf } from "./users.ts";

/** The root directory of a process, container or machine. */
export interface Root {
  /** A descriptor of the directory, which the caller closes. */
  readonly fd: number;
  /** Whether the process with this root directory can act as a user. */
  readonly isUser: IsUser;
}

/**
 * Opens the root directory of the alert's process. If the process cannot be opened, for example because it has exited,
 * opens the root directory of another process in its container, or the root directory of the host.
 * @returns a sentence with the reason if there is none
 */
export function openRootOf(request: Pick<ActionRequest, "alert" | "host">): Root | string {
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
  if (isOfHost(alert)) {
    const fd = openSync(host.root, constants.O_RDONLY | constants.O_DIRECTORY | O_PATH);
    return { fd, isUser: allUsers };
  }
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
function openRoot(pid: number, pidfd: number): Root {
  const fd = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY | O_PATH);
  try {
    const isUser = usersOf(pid);
    signalPidfd(pidfd, 0); // The process has not been reaped yet, so its PID was not reused.
    return { fd, isUser };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Opens the root directory of a container through one of its processes. */
function rootOfContainer(id: string): Root | undefined {
  if (!seesAllProcesses()) return undefined;
  for (const pid of processesOf(id)) {
    let pidfd: number | undefined;
    try {
      pidfd = openPidfd(pid);
      const root = openRoot(pid, pidfd);
      if (isInContainer(pid, id)) return root;
      closeSync(root.fd);
    } catch {
      // The process has exited; try the next one.
    } finally {
      if (pidfd !== undefined) closeDescriptor(pidfd);
    }
  }
  return undefined;
}
