import type { Finding } from "./finding.ts";
import type { Resource } from "./permissions.ts";

/** The posture of a cluster. Incomplete while the objects are being read. */
export interface Reading {
  /** Address of the API server. */
  readonly server: string;
  /** Time when the read started, in milliseconds since the epoch. */
  readonly began: number;
  /** Time when the read was complete, in milliseconds since the epoch; undefined while the read is in progress. */
  readonly ended: number | undefined;
  /** Scope of the pods that were read: the whole cluster or one node; undefined if no pods were read. */
  readonly workloads: "cluster" | { readonly node: string } | undefined;
  readonly pods: number;
  /** The findings, most severe first. */
  readonly findings: readonly Finding[];
  readonly leftOut: number;
  /** Resources that the API server does not allow Eyas to list. */
  readonly refused: readonly Resource[];
  /** Parts of the posture that are missing, with the reasons. One sentence per part. */
  readonly notes: readonly string[];
}

/** The posture, or the reason why there is no posture, as a sentence. */
export type Look =
  | {
      readonly reading: Reading;
      readonly isReading: boolean;
      /** Reason why the posture could not be read again, as a sentence; absent if there was no such failure. */
      readonly stale?: string;
    }
  | { readonly absent: string };

/** Provides the posture of a cluster. The posture is read on request. */
export interface Posture {
  /**
   * Returns the last complete posture, or the first posture while it is being read. If there is no posture or the
   * posture is too old, starts a read and waits for a limited time. Never rejects.
   * @param fresh whether to start a read unless the last read was recent
   */
  look(fresh: boolean): Promise<Look>;
  close(): void;
}
