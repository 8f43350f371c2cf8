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
import type { AuditEntry, AuditPage, ResponsePage, ResponseRecord } from "../schemas/response.ts";
import type { ResponseStatus, StoreFacts } from "../schemas/status.ts";

export type { FieldValue } from "../schema.ts";
export type { AlertPage, Comment, Related, TimelineEntry, TreeProcess } from "../schemas/alert.ts";
export type { Searched } from "../schemas/common.ts";
export type { AuditEntry, ResponseRecord } from "../schemas/response.ts";
export type { StoreFacts } from "../schemas/status.ts";
export type { StoredAlert };

export type Order = "newest" | "oldest";

/** Which page of a list. */
export interface Paging {
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

/** An entry of the audit log that is to be written. */
export type NewAuditEntry = Omit<AuditEntry, "time">;

/** How often each rule fired since a moment, and when last. */
export type Hits = ReadonlyMap<string, { readonly hits: number; readonly last: string | null }>;

/**
 * The store of alerts and of triage: the journal of this machine, or a fleet's Elasticsearch.
 * Every call answers in bounded time, and rejects with an ApiError where the store cannot be reached.
 */
export interface Store {
  /** Whether alerts are known to have a field that the catalogue lacks. */
  isField(name: string): boolean;
  facts(): Promise<StoreFacts>;
  /** How many responses had which result, and whether they are paused. */
  responseStatus(): Promise<ResponseStatus>;
  /** Alerts that outputs rejected, and their last errors, by the output's name. */
  outputs(): Promise<ReadonlyMap<string, { readonly dead: number; readonly lastError: string | null }>>;
  list(filter: Filter, page: Paging & { readonly order: Order }): Promise<AlertPage>;
  groups(filter: Filter, page: Paging): Promise<GroupPage>;
  /** How many alerts there are for each value of a field, the most frequent first. */
  count(filter: Filter, by: string, limit: number): Promise<Counts>;
  overTime(filter: Filter, buckets: number): Promise<OverTime>;
  alert(id: string): Promise<StoredAlert | undefined>;
  comments(id: string): Promise<readonly Comment[]>;
  responsesTo(id: string): Promise<readonly ResponseRecord[]>;
  related(id: string): Promise<Related>;
  /** The rule's condition with the results of its parts; undefined where it was not kept. */
  explanation(id: string): Promise<ConditionPart | undefined>;
  /** How often rules fired in the last day. */
  hits(): Promise<Hits>;
  setState(id: string, change: { readonly state: State; readonly user: string; readonly text: string }): Promise<void>;
  comment(id: string, comment: { readonly user: string; readonly text: string }): Promise<void>;
  responses(filter: Filter, page: Paging): Promise<ResponsePage>;
  /** Writes an entry of the audit log. */
  addAuditEntry(entry: NewAuditEntry): Promise<void>;
  audit(page: Paging): Promise<AuditPage>;
  /** The newest alert's cursor: where following begins. */
  end(): Promise<string>;
  /** Alerts of a filter after a cursor, the oldest first, and the next cursor. */
  after(
    filter: Filter,
    cursor: string,
    limit: number,
  ): Promise<{ readonly alerts: readonly StoredAlert[]; readonly cursor: string }>;
  /** The cursor of an alert, from its id. */
  cursorOf(id: string): Promise<string | undefined>;
  /** Changes of alerts' states after a number, and the number to ask with next. */
  changesAfter(number: number): Promise<{ readonly changes: readonly StateChange[]; readonly number: number }>;
  close(): void;
}
