import type { Alert } from "../../alert/alert.ts";

/** An alert of the journal and its position. */
export interface StoredAlert extends Alert {
  readonly id: string;
  readonly seq: number;
}

/** An alert that is not in the journal. It follows the stored ones up to `after`. */
export interface BufferedAlert {
  readonly alert: Alert;
  readonly after: number;
}

/** Source of stored alerts for output queues. */
export interface AlertSource {
  /** Alerts after a position, at most `limit`. */
  read(after: number, limit: number): StoredAlert[];
  /** Position of the newest alert. */
  last(): number;
}
