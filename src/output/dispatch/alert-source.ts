import type { Alert } from "../../alert/alert.ts";

/** An alert in the journal, with its position. */
export interface StoredAlert extends Alert {
  readonly id: string;
  readonly seq: number;
}

/** An alert that is not in the journal. It follows the journal alert with sequence number `after`. */
export interface BufferedAlert {
  readonly alert: Alert;
  readonly after: number;
}

/** Alerts read after a position. */
export interface AlertPage {
  readonly alerts: StoredAlert[];
  /** Position up to which the source has been read. */
  readonly reached: number;
  /** Sequence numbers of damaged alerts up to `reached`. They cannot be delivered. */
  readonly damaged: readonly number[];
  /** Whether the source had no more alerts after `reached` when it was read. False if this is unknown. */
  readonly isLast: boolean;
}

/** Source of stored alerts for output queues. */
export interface AlertSource {
  /** Reads at most `limit` alerts after a position. */
  read(after: number, limit: number): StoredAlert[];
  /** Like {@link read}, but also returns the damaged alerts. */
  page?(after: number, limit: number): AlertPage;
  /** Position of the newest alert. */
  last(): number;
}

/** Reads alerts after a position, and the sequence numbers of damaged alerts. */
export function pageOf(source: AlertSource, after: number, limit: number): AlertPage {
  const page = source.page?.(after, limit);
  if (page !== undefined) return page;
  const alerts = source.read(after, limit);
  return { alerts, reached: alerts.at(-1)?.seq ?? after, damaged: [], isLast: false };
}
