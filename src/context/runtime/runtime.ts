import type { Container } from "../../machine/container-info.ts";

/** Takes what runtimes tell. */
export interface ContainerSink {
  put(container: Container): void;
  /** A container has ended or was removed. */
  end(id: string): void;
}

/** A connection to one container runtime. Its functions throw where it can't be reached or makes no sense. */
export interface Runtime {
  /** `docker`, `podman`, `containerd`, `cri-o`, … */
  readonly name: string;
  /** Every container that there is, those that are made ready to start among them. */
  list(): Promise<readonly Container[]>;
  /** @param id at least the first twelve characters; undefined where it has no such container */
  lookUp(id: string): Promise<Container | undefined>;
  /**
   * Tells of containers as they are made and end, until `signal` says stop.
   * @param begun called once nothing that happens from now on is missed
   * @throws when the connection breaks
   */
  follow(sink: ContainerSink, begun: () => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Opens a runtime at a socket; undefined where something else answers there. Throws where nothing does. */
export type OpenRuntime = (socket: string, options: RuntimeOptions) => Promise<Runtime | undefined>;

export interface RuntimeOptions {
  /** Labels with longer values are left out. */
  readonly longestLabel: number;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}
