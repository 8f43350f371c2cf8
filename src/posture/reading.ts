import type { Finding } from "./finding.ts";
import type { Resource } from "./permissions.ts";

/** What is known of the posture of a cluster. */
export interface Reading {
  /** The API server. */
  readonly server: string;
  /** Begin and end: milliseconds since the epoch; end undefined: objects are still read. */
  readonly began: number;
  readonly ended: number | undefined;
  /** Pods of the whole cluster, or of the node with this name; undefined: none were read. */
  readonly workloads: "cluster" | { readonly node: string } | undefined;
  readonly pods: number;
  /** The most severe first. */
  readonly findings: readonly Finding[];
  readonly leftOut: number;
  /** Lists that the API server does not allow. */
  readonly refused: readonly Resource[];
  /** Why something is incomplete, a sentence each. */
  readonly notes: readonly string[];
}

/** A reading, or why there is none in one sentence. */
export type Look = { readonly reading: Reading; readonly isReading: boolean } | { readonly absent: string };

/** The posture of the cluster, read when it is asked for. */
export interface Posture {
  /**
   * The last complete reading, or the first one while it goes on. Starts one if there is none or it is too old, and waits some
   * time for it. Never rejects.
   * @param fresh whether to start one unless the last one is recent
   */
  look(fresh: boolean): Promise<Look>;
  close(): void;
}
