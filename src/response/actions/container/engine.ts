/** State of a container. */
export type ContainerState = "running" | "paused" | "ended";

/** A container and its operations. An operation that fails throws an Error with a message for the user. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  /** PID of the init process in the host's PID namespace; 0 if unknown. */
  readonly pid: number;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops the container and kills it after a grace period in seconds. */
  stop(seconds: number): Promise<void>;
  kill(): Promise<void>;
}

/** A reachable container runtime. */
export interface Engine {
  /** Name of the runtime: `docker`, `podman`, … */
  readonly name: string;
  /**
   * @param id the full ID, or at least its first twelve characters
   * @returns undefined if the runtime does not have the container
   */
  find(id: string): Promise<FoundContainer | undefined>;
  close(): void;
}

/** @throws Error with a message for the user if the runtime cannot be reached */
export type OpenEngine = (socket: string, signal: AbortSignal) => Promise<Engine>;

/** Response timeout, in milliseconds. */
export const RESPONSE_TIMEOUT = 10_000;
