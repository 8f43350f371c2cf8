import type { ActionRequest } from "./action.ts";

/** The machine and the program as actions see them. */
export interface ActionHost {
  /** Name of this machine in its own alerts. */
  readonly hostname: string;
  /** Root of the machine's file system; in a container, the mount point of the host's. */
  readonly root: string;
  /** Executable of this program: long-running work is done by another process of it. */
  readonly launcher: string;
  /** Parent of the folders in which actions store files, unless a rule names another. */
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

/** Why an action on this machine does not apply: the alert is from another one. Undefined if it is from this one. */
export function fromOtherHost({ alert, host }: Pick<ActionRequest, "alert" | "host">): string | undefined {
  if (alert.hostname === host.hostname) return undefined;
  return `The alert is from host ${alert.hostname}, not from this machine.`;
}
