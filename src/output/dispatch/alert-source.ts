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

/** Alerts after a position. */
export interface AlertPage {
  readonly alerts: StoredAlert[];
  /** Position up to which the source was read. */
  readonly reached: number;
  /** Sequence numbers of damaged alerts up to there, which cannot be delivered. */
  readonly damaged: readonly number[];
}

/** Source of stored alerts for output queues. */
export interface AlertSource {
  /** Alerts after a position, at most `limit`. */
  read(after: number, limit: number): StoredAlert[];
  /** {@link read}, with what could not be read. */
  page?(after: number, limit: number): AlertPage;
  /** Position of the newest alert. */
  last(): number;
}

/** The alerts of a source after a position, and what could not be read. */
export function pageOf(source: AlertSource, after: number, limit: number): AlertPage {
  const page = source.page?.(after, limit);
  if (page !== undefined) return page;
  const alerts = source.read(after, limit);
  return { alerts, reached: alerts.at(-1)?.seq ?? after, damaged: [] };
}
