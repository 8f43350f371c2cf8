import type { Container } from "../../machine/container-info.ts";

/** Receives containers from runtimes. */
export interface ContainerSink {
  put(container: Container): void;
  /** A container has ended or was removed. */
  end(id: string): void;
}

/** A connection to a container runtime. Its functions throw if it is not reachable or answers are invalid. */
export interface Runtime {
  /** `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly name: string;
  /** All containers, including created ones. */
  list(): Promise<readonly Container[]>;
  /** @param id at least the first twelve characters; undefined if there is no such container */
  lookUp(id: string): Promise<Container | undefined>;
  /**
   * Watches containers until `signal` is aborted.
   * @param begun called once no later event can be missed
   * @throws when the connection breaks
   */
  follow(sink: ContainerSink, begun: () => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Opens a runtime at a socket; undefined if another service answers. Throws if the socket is not reachable. */
export type OpenRuntime = (socket: string, options: RuntimeOptions) => Promise<Runtime | undefined>;

export interface RuntimeOptions {
  /** Labels with longer values are omitted. */
  readonly longestLabel: number;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}
