/** What a container is doing. */
export type ContainerState = "running" | "paused" | "ended";

/** A container that was found, and what can be done to it. All of it throws an Error with one sentence. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  /** Its first process, as the machine numbers it; 0 where that is not told. */
  readonly pid: number;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Asks it to end, and ends it when it has not within so many seconds. */
  stop(seconds: number): Promise<void>;
  kill(): Promise<void>;
}

/** A container runtime that answers. */
export interface Engine {
  /** `docker`, `podman`, … */
  readonly name: string;
  /** @param id all of it, or at least its first twelve characters; undefined where it has no such container */
  find(id: string): Promise<FoundContainer | undefined>;
  close(): void;
}

/** @throws Error with one sentence where nothing answers there */
export type OpenEngine = (socket: string, signal: AbortSignal) => Promise<Engine>;

/** Milliseconds that a runtime may take for an answer, where it has nothing to wait for. */
export const ANSWER = 10_000;
