import type { Finding } from "./finding.ts";
import type { Resource } from "./permissions.ts";

/** The posture of a cluster as far as it was read. */
export interface Reading {
  /** Address of the API server. */
  readonly server: string;
  /** Start of the reading: milliseconds since the epoch. */
  readonly began: number;
  /** End of the reading: milliseconds since the epoch; undefined while it is in progress. */
  readonly ended: number | undefined;
  /** Whose pods were read: those of the cluster or of a node; undefined if none were read. */
  readonly workloads: "cluster" | { readonly node: string } | undefined;
  readonly pods: number;
  /** The findings, most severe first. */
  readonly findings: readonly Finding[];
  readonly leftOut: number;
  /** Resources that the API server does not allow Eyas to list. */
  readonly refused: readonly Resource[];
  /** What is incomplete and why, each in one sentence. */
  readonly notes: readonly string[];
}

/** A reading, or one sentence that states why there is none. */
export type Look = { readonly reading: Reading; readonly isReading: boolean } | { readonly absent: string };

/** The posture of a cluster, which is read on request. */
export interface Posture {
  /**
   * The last complete reading, or the first one while it is in progress. Starts a reading if there is none or if it is
   * out of date, and waits some time for it. Never rejects.
   * @param fresh whether to start a reading unless the last one is recent
   */
  look(fresh: boolean): Promise<Look>;
  close(): void;
}
