import type { TakenUpTo } from "./cut.ts";

/** Environment variable that contains, for a new process, the ID of the process to replace. */
export const SUCCESSOR = "EYAS_REPLACES";

/** Message from the new process, sent when it watches the machine. */
export type FromSuccessor = "watching";

/** Message to the new process, sent when the previous process has closed all components. */
export interface ToSuccessor {
  /** Position up to which the previous process has evaluated events. */
  readonly taken: TakenUpTo;
}
