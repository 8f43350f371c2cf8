import type { Document } from "../event/document.ts";
import type { Source } from "./source.ts";

/** Takes documents for judgement. */
export interface Intake {
  /**
   * Takes all of the documents or none.
   * @returns undefined where there is no room for them now: they are to be offered again later. Otherwise a promise
   * that settles when every one was judged and its alerts are in the journal; only then their sender may forget them.
   */
  offer(documents: readonly Document[]): Promise<void> | undefined;
  /** Documents that were taken and not judged yet. */
  readonly waiting: number;
}

/** A source of documents that others bring. */
export interface Inbox extends Source, Intake {
  /** To be called when the alerts of everything that {@link Source.next} gave so far are in the journal. */
  settle(): void;
}
