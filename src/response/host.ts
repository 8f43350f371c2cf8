import type { ActionRequest } from "./action.ts";

/** Information about the machine and the program for actions. */
export interface ActionHost {
  /** Host name in the alerts of this machine. */
  readonly hostname: string;
  /** Root of the machine's file system: in a container, the path at which it is mounted. */
  readonly root: string;
  /** Path of the Eyas executable. Actions start it as a separate process for long tasks. */
  readonly launcher: string;
  /** Directory in which the default directories of actions are created. */
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

/**
 * Returns the reason why an action does not apply if the alert is from another machine; undefined if the alert is from
 * this machine.
 */
export function fromOtherHost({ alert, host }: Pick<ActionRequest, "alert" | "host">): string | undefined {
  if (alert.hostname === host.hostname) return undefined;
  return `The alert is from host ${alert.hostname}, not from this machine.`;
}
