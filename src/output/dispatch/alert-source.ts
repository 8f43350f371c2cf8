import type { Alert } from "../../alert/alert.ts";

/** An alert of the journal and its position there. */
export interface StoredAlert extends Alert {
  readonly id: string;
  readonly seq: number;
}

/** An alert that no journal has. It follows the stored ones up to `after`. */
export interface BufferedAlert {
  readonly alert: Alert;
  readonly after: number;
}

/** Where output queues read stored alerts. */
export interface AlertSource {
  /** The alerts after a position, at most `limit`. */
  read(after: number, limit: number): StoredAlert[];
  /** The position of the newest alert. */
  last(): number;
}
