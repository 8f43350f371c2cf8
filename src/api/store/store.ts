import type { About } from "../../alert/about.ts";
import type { ResponseStatus, Silent, Status } from "../agent-view.ts";
import type { BulkAction } from "../filter/bulk.ts";
import type { Filter, State } from "../filter/filter.ts";
import type { GroupFilter } from "../filter/group.ts";
import type {
  AlertPage,
  Comment,
  ConditionPart,
  Counts,
  OverTime,
  Related,
  RulesOverTime,
  StateChange,
  Alert as StoredAlert,
} from "../schemas/alert.ts";
import type { BulkChange } from "../schemas/bulk.ts";
import type { Flows } from "../schemas/flow.ts";
import type { GroupChange, GroupPage } from "../schemas/group.ts";
import type { Incident } from "../schemas/incident.ts";
import type { Machine, MachineDetail } from "../schemas/machine.ts";
import type { DeadLetters } from "../schemas/output.ts";
import type { AuditEntry, AuditPage, ResponsePage, ResponseRecord, SuspendedTarget } from "../schemas/response.ts";
import type { OutputStatus, StoreFacts } from "../schemas/status.ts";
import type { StoredCaseChange } from "./case-states.ts";
import type { StoredGroupChange } from "./group-states.ts";

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

/** A change of the triage of all alerts that match a filter. */
export interface BulkRequest {
  readonly filter: Filter;
  /** The filter as text, for the audit log. */
  readonly query: string;
  /** ID of the newest alert that may be changed; undefined includes all current alerts. */
  readonly newest?: string;
  readonly action: BulkAction;
  /** Reason and comment. */
  readonly text: string;
  readonly user: string;
  readonly address: string;
  /** Seconds to wait for the end of the change. */
  readonly wait: number;
}

/** A new change of the triage of a group. */
export type NewGroupChange = Omit<StoredGroupChange, "time" | "key">;

/** A new change of a case. Without an ID, the change opens a case. */
export type NewCaseChange = Omit<StoredCaseChange, "time" | "id"> & { readonly id?: string };

/** All machines that are known. */
export interface MachineList {
  readonly source: "fleet" | "journal";
  /** Reason why states are not known. */
  readonly note: string | null;
  readonly machines: readonly Machine[];
  /** False if some machines are omitted because there are too many. */
  readonly complete: boolean;
}

/** Number of alerts by rule in each interval of a time range. */
export type RuleTimes = Pick<RulesOverTime, "rules" | "more">;

/** Number of alerts and time of the last alert by rule. */
export type Hits = ReadonlyMap<string, { readonly hits: number; readonly last: string | null }>;

/**
 * The store of alerts and triage: the journal of this machine, or a fleet's Elasticsearch or OpenSearch. Every call
 * completes in bounded time, and rejects with an ApiError if the store is unavailable.
 */
export interface Store {
  /** Whether the alerts are from a fleet instead of the journal of this machine. */
  readonly isFleet: boolean;
  /** Whether any alert has the field. Used for fields that are not in the catalogue. */
  isField(name: string): boolean;
  facts(): Promise<StoreFacts>;
  /** Number of responses by result, and whether responses are paused. */
  responseStatus(): Promise<ResponseStatus>;
  /** Number of dead letters and the last error by output name. */
  outputs(): Promise<ReadonlyMap<string, Pick<OutputStatus, "dead" | "lastError" | "lastErrorTime">>>;
  /** Dead letters of an output, newest alerts first. */
  deadLetters(output: string, page: Paging): Promise<DeadLetters>;
  list(filter: Filter, page: Paging & { readonly order: Order }): Promise<AlertPage>;
  /** @param request `trend` is the number of intervals in which the alerts of each group are counted */
  groups(filter: Filter, request: Paging & GroupFilter & { readonly trend?: number }): Promise<GroupPage>;
  /** The changes of the triage of a group, oldest first. */
  groupChanges(rule: string, about: About | undefined): Promise<readonly GroupChange[]>;
  /** Changes the triage of a group. @throws ApiError if the store does not support the action */
  changeGroup(change: NewGroupChange): Promise<void>;
  /** The changes of a case, or of all cases, oldest first. Changes of all cases may contain no texts except titles. */
  caseChanges(id?: string): Promise<readonly StoredCaseChange[]>;
  /** Changes or opens a case. @returns the ID of the case */
  changeCase(change: NewCaseChange): Promise<string>;
  /**
   * Counts alerts with connections by workload and remote end, starting with the newest alert. After a time limit, the
   * result has a cursor for the older alerts.
   */
  flows(filter: Filter, page: Paging): Promise<Flows>;
  /**
   * Counts alerts for each value of a field, the most frequent first.
   * @param share part of a time limit that the count may use, above 0 up to 1 (default)
   */
  count(filter: Filter, by: string, limit: number, share?: number): Promise<Counts>;
  overTime(filter: Filter, buckets: number): Promise<OverTime>;
  /** Counts alerts by rule over time, for the `limit` rules with the most alerts. */
  rulesOverTime(filter: Filter, buckets: number, limit: number): Promise<RulesOverTime>;
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
  /**
   * Starts a bulk change, with an audit entry. Resolves when the change has ended, or after `wait` seconds.
   * @throws ApiError if too many bulk changes run, or the store does not support them
   */
  changeAll(request: BulkRequest): Promise<BulkChange>;
  /** The progress or the result of a bulk change; undefined for an unknown ID. */
  bulkChange(id: string): Promise<BulkChange | undefined>;
  /**
   * Starts a bulk change that undoes another bulk change.
   * @throws ApiError if the other change can no longer be undone
   */
  undoBulk(id: string, by: Pick<BulkRequest, "user" | "address" | "wait">): Promise<BulkChange>;
  responses(filter: Filter, page: Paging): Promise<ResponsePage>;
  /** Suspended targets that can be released, newest first. */
  suspended(): Promise<readonly SuspendedTarget[]>;
  /** Writes an entry of the audit log. */
  addAuditEntry(entry: NewAuditEntry): Promise<void>;
  audit(page: Paging): Promise<AuditPage>;
  /** The machines with their states. @param own the status of this machine */
  machines(own: Status): Promise<MachineList>;
  /** Measurements that a machine reported in the last 24 hours. */
  machineHistory(id: string): Promise<Pick<MachineDetail, "interval" | "history">>;
  /**
   * Machines of the fleet that have become silent. Each machine is returned to only one page, and is returned again
   * only if it became active in the meantime. If most machines become silent at the same time, they are returned
   * together. Undefined if states are not known.
   */
  readonly claimSilent?: () => Promise<readonly Silent[]>;
  /** The cursor of the newest alert, where event streams start. */
  end(): Promise<string>;
  /**
   * Alerts that match a filter after a cursor, oldest first, and the next cursor. If `more` is true, the search ended
   * at `limit` or at a time limit, and there may be more alerts after the next cursor.
   */
  after(
    filter: Filter,
    cursor: string,
    limit: number,
  ): Promise<{ readonly alerts: readonly StoredAlert[]; readonly cursor: string; readonly more: boolean }>;
  /** The cursor of the alert with this ID; undefined if there is no such alert. */
  cursorOf(id: string): Promise<string | undefined>;
  /**
   * State changes after a number, and the number for the next call. State changes of bulk changes are not included;
   * `bulk` is the ID of the latest bulk change.
   */
  changesAfter(
    number: number,
  ): Promise<{ readonly changes: readonly StateChange[]; readonly number: number; readonly bulk?: string }>;
  close(): void;
}
