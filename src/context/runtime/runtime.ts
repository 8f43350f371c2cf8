import type { Container } from "../../machine/container-info.ts";

/** Receives changes to containers from runtimes. */
export interface ContainerSink {
  put(container: Container): void;
  /** Called when a container has stopped or was removed. */
  end(id: string): void;
}

/**
 * A connection to a container runtime. Its functions throw if the runtime cannot be reached or a response is invalid.
 */
export interface Runtime {
  /** Type of the runtime: `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly name: string;
  /** Lists all containers, including those that were created but not started. */
  list(): Promise<readonly Container[]>;
  /**
   * Finds a container.
   * @param id at least the first twelve characters of the ID
   * @returns undefined if the runtime does not have the container
   */
  lookUp(id: string): Promise<Container | undefined>;
  /**
   * Watches containers until `signal` is aborted.
   * @param begun called when the subscription is active, so that no later event is missed
   * @throws Error if the connection is lost
   */
  follow(sink: ContainerSink, begun: () => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Connects to a runtime at a socket. Returns undefined if a different service listens on it. Throws if the socket
 * cannot be reached.
 */
export type OpenRuntime = (socket: string, options: RuntimeOptions) => Promise<Runtime | undefined>;

export interface RuntimeOptions {
  /** Maximum length of a label's value, in characters. Longer labels are omitted. */
  readonly longestLabel: number;
  /** Timeout for a response, in milliseconds. */
  readonly timeout: number;
}
