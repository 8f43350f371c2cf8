import type { TakenUpTo } from "./cut.ts";

/** Environment variable that tells a new process the ID of the process that it replaces. */
export const SUCCESSOR = "EYAS_REPLACES";

/** Sent by the new process when it watches the machine. */
export type FromSuccessor = "watching";

/** Sent to the new process when the previous one has closed everything. */
export interface ToSuccessor {
  /** End of the events that the previous process has evaluated. */
  readonly taken: TakenUpTo;
}
