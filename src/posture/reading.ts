import type { Finding } from "./finding.ts";
import type { Resource } from "./permissions.ts";

/** The posture of a cluster. Incomplete while the objects are being read. */
export interface Reading {
  /** Address of the API server. */
  readonly server: string;
  /** Time when the read started, in milliseconds since the epoch. */
  readonly began: number;
  /** Time when the read was complete, in milliseconds since the epoch; undefined while it is in progress. */
  readonly ended: number | undefined;
  /** Scope of the pods that were read: the whole cluster or one node; undefined if no pods were read. */
  readonly workloads: "cluster" | { readonly node: string } | undefined;
  readonly pods: number;
  /** The findings, most severe first. */
  readonly findings: readonly Finding[];
  readonly leftOut: number;
  /** Resources that the API server does not allow Eyas to list. */
  readonly refused: readonly Resource[];
  /** Missing parts of the posture with their reasons, each in one sentence. */
  readonly notes: readonly string[];
}

/** The posture, or a sentence with the reason for its absence. */
export type Look =
  | {
      readonly reading: Reading;
      readonly isReading: boolean;
      /** Reason why the posture could not be read again, as a sentence; absent if there was no such failure. */
      readonly stale?: string;
    }
  | { readonly absent: string };

/** The posture of a cluster. It is read when it is requested. */
export interface Posture {
  /**
   * Returns the last complete posture, or the first one while it is being read. If there is none or it is too old,
   * starts to read it, and waits a limited time. Never rejects.
   * @param fresh whether to read the posture again unless this was done recently
   */
  look(fresh: boolean): Promise<Look>;
  close(): void;
}
