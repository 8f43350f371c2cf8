import type { Container } from "../../machine/container-info.ts";

/** Receives containers from runtimes. */
export interface ContainerSink {
  put(container: Container): void;
  /** A container has ended or was removed. */
  end(id: string): void;
}

/** A connection to a container runtime. Its functions throw if the runtime is unreachable or a response is invalid. */
export interface Runtime {
  /** Type of the runtime: `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly name: string;
  /** Lists all containers, including those that are created but not started. */
  list(): Promise<readonly Container[]>;
  /**
   * Finds a container.
   * @param id at least the first twelve characters
   * @returns undefined if there is no such container
   */
  lookUp(id: string): Promise<Container | undefined>;
  /**
   * Watches containers until `signal` is aborted.
   * @param begun called once every later event will be received
   * @throws when the connection breaks
   */
  follow(sink: ContainerSink, begun: () => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Connects to a runtime at a socket; undefined if another service listens there. Throws if the socket is not reachable.
 */
export type OpenRuntime = (socket: string, options: RuntimeOptions) => Promise<Runtime | undefined>;

export interface RuntimeOptions {
  /** Maximum length of a label's value, in characters. Longer labels are omitted. */
  readonly longestLabel: number;
  /** Milliseconds to wait for a response. */
  readonly timeout: number;
}
