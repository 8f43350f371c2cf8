/** What actions know of the machine and the program that do them. Whoever loads actions tells. */
export interface Place {
  /** What this machine is called in its own alerts. */
  readonly hostname: string;
  /** Where the machine's root is: in a container, where it is mounted. */
  readonly root: string;
  /** The file that starts this program: what is done for long is done by another process of it. */
  readonly launcher: string;
  /** Where actions keep what they take or record, where a rule names no folder; each has its own in it. */
  readonly folder: string;
  /** Sockets at which container runtimes may listen, by their kind. */
  readonly runtimes: RuntimeSockets;
}

export interface RuntimeSockets {
  readonly docker: readonly string[];
  readonly podman: readonly string[];
  readonly containerd: readonly string[];
  readonly cri: readonly string[];
}
