import type { Filter, State } from "../filter/filter.ts";
import type { ResponseStatus } from "../sensor.ts";

/** A value of a field; numbers that JavaScript can't hold exactly are texts. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** An alert, and what people and responses made of it. */
export interface StoredAlert {
  readonly id: string;
  /** ISO 8601 with nine digits. */
  readonly time: string;
  readonly rule: string;
  readonly priority: string;
  readonly source: string;
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** It was posted to us: what it says, also of its host, is its sender's word. */
  readonly received?: true;
  readonly state: State;
  readonly assignee?: string;
  /** How many there are. */
  readonly comments: number;
  readonly responses: number;
}

export type Order = "newest" | "oldest";

/** How much was looked at, where it would have taken too long to look at everything: back to this time. */
export interface Searched {
  readonly complete?: false;
  readonly searched?: string;
}

export interface AlertPage {
  readonly alerts: readonly StoredAlert[];
  readonly next: string | null;
}

/** Repetitions: alerts of one rule about the same container, app or program. */
export interface AlertGroup {
  readonly rule: string;
  readonly priority: string;
  readonly key: string;
  /** A condition that selects its alerts. */
  readonly query: string;
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly newest: StoredAlert;
}

export interface Counts extends Searched {
  readonly counts: readonly { readonly value: string | null; readonly count: number }[];
  readonly total: number;
}

export interface OverTime extends Searched {
  readonly from: string;
  readonly to: string;
  /** Seconds. */
  readonly step: number;
  readonly series: readonly { readonly priority: string; readonly counts: readonly number[] }[];
}

export interface Comment {
  readonly time: string;
  readonly user: string;
  readonly text: string;
  readonly state?: State;
}

/** An action that answered an alert. */
export interface ResponseRecord {
  readonly time: string;
  readonly response: string;
  readonly action: string;
  readonly target: string;
  readonly step: string;
  readonly reason?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly alert?: string;
  readonly rule?: string;
}

export interface TreeProcess {
  readonly pid: number;
  readonly name: string;
  readonly cmdline: string;
  readonly exepath?: string;
  readonly user?: string;
  readonly time?: string;
  readonly isAlert: boolean;
}

export interface TimelineEntry {
  readonly id: string;
  readonly time: string;
  readonly rule: string;
  readonly priority: string;
  readonly source: string;
  readonly output: string;
  readonly relation: "process" | "container" | "flow";
}

export interface Related {
  readonly tree: readonly TreeProcess[];
  readonly timeline: readonly TimelineEntry[];
}

/** Something that somebody did. */
export interface Deed {
  readonly time: string;
  readonly user: string;
  readonly address: string;
  readonly action: string;
  readonly target?: string;
  readonly detail?: string;
}

/** What somebody is about to have done. */
export interface NewDeed {
  readonly user: string;
  readonly address: string;
  readonly action: string;
  readonly target?: string;
  readonly detail?: string;
}

export interface StoreFacts {
  readonly alerts: number;
  readonly bytes: number;
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** How often each rule fired since a moment, and when last. */
export type Hits = ReadonlyMap<string, { readonly hits: number; readonly last: string | null }>;

/**
 * Where alerts are kept, and what people made of them: the journal of this machine, or a fleet's Elasticsearch.
 * Everything answers in bounded time, and rejects with a Refusal where the store can't be asked.
 */
export interface Store {
  /** Whether alerts are known to have a field that the catalogue lacks. */
  isField(name: string): boolean;
  facts(): Promise<StoreFacts>;
  /** What became of responses, and whether they are stopped. */
  responseStatus(): Promise<ResponseStatus>;
  /** What outputs refused and last said against alerts, by name. */
  outputs(): Promise<ReadonlyMap<string, { readonly dead: number; readonly lastError: string | null }>>;
  list(
    filter: Filter,
    page: { readonly limit: number; readonly order: Order; readonly cursor?: string },
  ): Promise<AlertPage>;
  groups(
    filter: Filter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Searched & { readonly groups: readonly AlertGroup[]; readonly next: string | null }>;
  /** How many alerts there are for each value of a field, the most frequent first. */
  count(filter: Filter, by: string, limit: number): Promise<Counts>;
  overTime(filter: Filter, buckets: number): Promise<OverTime>;
  alert(id: string): Promise<StoredAlert | undefined>;
  comments(id: string): Promise<readonly Comment[]>;
  responsesTo(id: string): Promise<readonly ResponseRecord[]>;
  related(id: string): Promise<Related>;
  /** JSON of the part of the rule's condition that matched; undefined where it was not kept. */
  explanation(id: string): Promise<unknown>;
  /** How often rules fired in the last day. */
  hits(): Promise<Hits>;
  setState(id: string, change: { readonly state: State; readonly user: string; readonly text: string }): Promise<void>;
  comment(id: string, comment: { readonly user: string; readonly text: string }): Promise<void>;
  responses(
    filter: Filter,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly responses: readonly ResponseRecord[]; readonly next: string | null }>;
  /** Writes down what somebody does. */
  record(deed: NewDeed): Promise<void>;
  deeds(page: {
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly entries: readonly Deed[]; readonly next: string | null }>;
  /** The newest alert's cursor: where following begins. */
  end(): Promise<string>;
  /** Alerts of a filter after a cursor, the oldest first, and where to go on. */
  after(
    filter: Filter,
    cursor: string,
    limit: number,
  ): Promise<{ readonly alerts: readonly StoredAlert[]; readonly cursor: string }>;
  /** The cursor of an alert, from its id. */
  cursorOf(id: string): Promise<string | undefined>;
  /** Triage that happened after a number: who follows shows it. */
  changesAfter(number: number): Promise<{
    readonly changes: readonly { readonly id: string; readonly state: State; readonly user: string }[];
    readonly number: number;
  }>;
  close(): void;
}
