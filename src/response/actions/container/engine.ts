/** State of a container. */
export type ContainerState = "running" | "paused" | "ended";

/** A container and its operations. All throw an Error with one sentence. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  /** Process id of its init process on the machine; 0 if unknown. */
  readonly pid: number;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops it, and kills it after a grace period in seconds. */
  stop(seconds: number): Promise<void>;
  kill(): Promise<void>;
}

/** A container runtime that is reachable. */
export interface Engine {
  /** `docker`, `podman`, … */
  readonly name: string;
  /**
   * @param id the full id, or at least its first twelve characters
   * @returns undefined if the runtime has no such container
   */
  find(id: string): Promise<FoundContainer | undefined>;
  close(): void;
}

/** @throws Error with one sentence if the runtime is not reachable */
export type OpenEngine = (socket: string, signal: AbortSignal) => Promise<Engine>;

/** Response timeout in milliseconds. */
export const RESPONSE_TIMEOUT = 10_000;
