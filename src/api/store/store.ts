import type { ResponseStatus } from "../agent-view.ts";
import type { Filter, State } from "../filter/filter.ts";
import type {
  AlertPage,
  Comment,
  ConditionPart,
  Counts,
  GroupPage,
  OverTime,
  Related,
  StateChange,
  Alert as StoredAlert,
} from "../schemas/alert.ts";
import type { DeadLetters } from "../schemas/output.ts";
import type { Incident } from "../schemas/incident.ts";
import type { AuditEntry, AuditPage, ResponsePage, ResponseRecord, SuspendedTarget } from "../schemas/response.ts";
import type { OutputStatus, StoreFacts } from "../schemas/status.ts";

export type { FieldValue } from "../schema.ts";
export type { AlertPage, Comment, Related, TimelineEntry, TreeProcess } from "../schemas/alert.ts";
export type { Searched } from "../schemas/common.ts";
export type { AuditEntry, ResponseRecord } from "../schemas/response.ts";
export type { StoreFacts } from "../schemas/status.ts";
export type { StoredAlert };

export type Order = "newest" | "oldest";

/** Selects a page of a list. */
export interface Paging {
  readonly limit: number;
  /** The value of `next` in the previous page. */
  readonly cursor?: string;
}

/** A new entry of the audit log. */
export type NewAuditEntry = Omit<AuditEntry, "time">;

/** Number of alerts and time of the last alert by rule. */
export type Hits = ReadonlyMap<string, { readonly hits: number; readonly last: string | null }>;

/**
 * The store of alerts and triage: the journal of this machine, or a fleet's Elasticsearch or OpenSearch. Every call
 * completes in bounded time, and rejects with an ApiError if the store is unavailable.
 */
export interface Store {
  /** Whether any alert has the field; for fields that are not in the catalogue. */
  isField(name: string): boolean;
  facts(): Promise<StoreFacts>;
  /** Number of responses by result, and whether responses are paused. */
  responseStatus(): Promise<ResponseStatus>;
  /** Number of dead letters and the last error by output name. */
  outputs(): Promise<ReadonlyMap<string, Pick<OutputStatus, "dead" | "lastError" | "lastErrorTime">>>;
  /** Dead letters of an output, those of the newest alerts first. */
  deadLetters(output: string, page: Paging): Promise<DeadLetters>;
  list(filter: Filter, page: Paging & { readonly order: Order }): Promise<AlertPage>;
  groups(filter: Filter, page: Paging): Promise<GroupPage>;
  /** Counts alerts for each value of a field, the most frequent first. */
  count(filter: Filter, by: string, limit: number): Promise<Counts>;
  overTime(filter: Filter, buckets: number): Promise<OverTime>;
  alert(id: string): Promise<StoredAlert | undefined>;
  comments(id: string): Promise<readonly Comment[]>;
  responsesTo(id: string): Promise<readonly ResponseRecord[]>;
  related(id: string): Promise<Related>;
  incident(id: string): Promise<Incident>;
  /** The rule's condition with the results of its parts; undefined if it was not stored. */
  explanation(id: string): Promise<ConditionPart | undefined>;
  /** Alerts by rule in the last 24 hours. */
  hits(): Promise<Hits>;
  setState(id: string, change: { readonly state: State; readonly user: string; readonly text: string }): Promise<void>;
  comment(id: string, comment: { readonly user: string; readonly text: string }): Promise<void>;
  responses(filter: Filter, page: Paging): Promise<ResponsePage>;
  /** Suspended targets that can be released, newest first. */
  suspended(): Promise<readonly SuspendedTarget[]>;
  /** Writes an entry of the audit log. */
  addAuditEntry(entry: NewAuditEntry): Promise<void>;
  audit(page: Paging): Promise<AuditPage>;
  /** The cursor of the newest alert, where event streams start. */
  end(): Promise<string>;
  /**
   * Alerts that match a filter after a cursor, oldest first, and the next cursor. `more`: whether the search ended at
   * the limit or at a time limit, so that there may be more alerts after the next cursor.
   */
  after(
    filter: Filter,
    cursor: string,
    limit: number,
  ): Promise<{ readonly alerts: readonly StoredAlert[]; readonly cursor: string; readonly more: boolean }>;
  /** The cursor of the alert with this ID; undefined if there is none. */
  cursorOf(id: string): Promise<string | undefined>;
  /** State changes after a number, and the number for the next call. */
  changesAfter(number: number): Promise<{ readonly changes: readonly StateChange[]; readonly number: number }>;
  close(): void;
}
