import type { ActionRequest } from "./action.ts";

/** Information about the machine and the program for actions. */
export interface ActionHost {
  /** Host name in the alerts of this machine. */
  readonly hostname: string;
  /** Root of the machine's file system. In a container, the mount point of the host's root. */
  readonly root: string;
  /** Path of this program's executable. Actions run long tasks in another process. */
  readonly launcher: string;
  /** Parent of the folders in which actions store files by default. */
  readonly folder: string;
  /** Sockets of container runtimes, by kind. */
  readonly runtimes: RuntimeSockets;
}

export interface RuntimeSockets {
  readonly docker: readonly string[];
  readonly podman: readonly string[];
  readonly containerd: readonly string[];
  readonly cri: readonly string[];
}

/** Returns why an action does not apply if the alert is from another machine; undefined if it is from this one. */
export function fromOtherHost({ alert, host }: Pick<ActionRequest, "alert" | "host">): string | undefined {
  if (alert.hostname === host.hostname) return undefined;
  return `The alert is from host ${alert.hostname}, not from this machine.`;
}
