/** What the API answers, as docs/api.md has it. Times are ISO 8601 with Z. */

export const PRIORITIES = [
  "Emergency",
  "Alert",
  "Critical",
  "Error",
  "Warning",
  "Notice",
  "Informational",
  "Debug",
] as const;
export type Priority = (typeof PRIORITIES)[number];

export type Role = "viewer" | "responder" | "admin";
export type State = "open" | "acknowledged" | "closed";

export interface Session {
  readonly user: string;
  readonly role: Role;
  readonly csrf: string;
}

export type FieldValue = string | number | boolean | null | readonly FieldValue[];

export interface Alert {
  readonly id: string;
  readonly time: string;
  readonly rule: string;
  readonly priority: Priority;
  readonly source: string;
  readonly hostname: string;
  readonly tags: readonly string[];
  readonly output: string;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** It was posted to the sensor: what it says, also of its host, is its sender's word. */
  readonly received?: true;
  readonly state: State;
  readonly assignee?: string;
  readonly comments: number;
  readonly responses: number;
}

export interface AlertPage {
  readonly alerts: readonly Alert[];
  readonly next: string | null;
}

export interface AlertGroup {
  readonly rule: string;
  readonly priority: Priority;
  readonly key: string;
  /** The condition that its alerts fulfil. */
  readonly query?: string;
  readonly count: number;
  readonly first: string;
  readonly last: string;
  readonly newest: Alert;
}

export interface GroupPage extends Searched {
  readonly groups: readonly AlertGroup[];
  readonly next: string | null;
}

export interface Count {
  readonly value: string | null;
  readonly count: number;
}

/** Of what is counted: false where it would have taken too long, and how far back it was counted then. */
export interface Searched {
  readonly complete?: boolean;
  readonly searched?: string;
}

export interface Counts extends Searched {
  readonly counts: readonly Count[];
  readonly total: number;
}

export interface OverTime extends Searched {
  readonly from: string;
  readonly to: string;
  /** Seconds that a bucket is wide. */
  readonly step: number;
  readonly series: readonly { readonly priority: Priority; readonly counts: readonly number[] }[];
}

export interface Comment {
  readonly time: string;
  readonly user: string;
  readonly text: string;
  readonly state?: State;
}

export interface ResponseRecord {
  readonly time: string;
  /** The response rule. */
  readonly response?: string;
  readonly action: string;
  readonly target: string;
  /** `waiting`, `asked`, `done`, `skipped`, `failed` or `unknown`. */
  readonly step: string;
  readonly reason?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly alert?: string;
  readonly rule?: string;
}

export interface ResponsePage {
  readonly responses: readonly ResponseRecord[];
  readonly next: string | null;
}

export interface AlertDetail extends Omit<Alert, "comments" | "responses"> {
  readonly ruleText?: {
    readonly file: string;
    readonly line: number;
    readonly yaml: string;
    readonly description: string;
  };
  readonly mitre: readonly {
    readonly technique: string;
    readonly name: string;
    readonly tactic: string;
    readonly url: string;
  }[];
  readonly sentence: string;
  readonly fieldMeanings: Readonly<Record<string, string>>;
  readonly comments: readonly Comment[];
  readonly responses: readonly ResponseRecord[];
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
  readonly priority: Priority;
  readonly source: string;
  readonly output: string;
  readonly relation: "process" | "container" | "flow";
}

export interface Related {
  readonly tree: readonly TreeProcess[];
  readonly timeline: readonly TimelineEntry[];
}

/** A part of a condition and what became of it, as `eyas explain --json` has it. */
export interface ConditionNode {
  readonly kind: string;
  readonly name?: string;
  readonly text: string;
  /** Null: not asked any more. */
  readonly verdict: boolean | null;
  readonly holds: boolean;
  readonly decided: boolean;
  readonly values?: Readonly<Record<string, FieldValue>>;
  readonly parts?: readonly ConditionNode[];
}

export type Explanation = { readonly matched: ConditionNode } | { readonly unavailable: string };

export interface ExceptionProposal {
  readonly yaml: string;
  readonly rule: string;
  readonly fields: readonly string[];
  /** Fields that may be chosen. */
  readonly choices?: readonly string[];
  readonly hidden: Searched & { readonly count: number; readonly since: string; readonly samples: readonly Alert[] };
}

export interface SourceStatus {
  readonly name: string;
  readonly events: number;
  /** Events a second. */
  readonly rate: number;
  /** Seconds. */
  readonly lag: number | null;
  readonly drops: number;
  readonly state: string;
}

export interface OutputStatus {
  readonly name: string;
  readonly state: string;
  readonly waiting: number;
  /** Seconds. */
  readonly lag: number | null;
  readonly delivered: number;
  readonly retried: number;
  readonly refused: number;
  readonly lost?: number;
  readonly dead: number;
  readonly lastError: string | null;
}

export interface Status {
  readonly version: string;
  readonly hostname: string;
  readonly started: string;
  /** False where only a journal is shown. */
  readonly watching?: boolean;
  readonly sources: readonly SourceStatus[];
  readonly outputs: readonly OutputStatus[];
  readonly responses: {
    readonly paused: boolean;
    readonly done: number;
    readonly skipped: number;
    readonly failed: number;
    readonly heldBack: number;
  };
  readonly journal: {
    readonly alerts: number;
    readonly bytes: number;
    readonly oldest: string | null;
    readonly newest: string | null;
  };
  readonly rules: { readonly loaded: number; readonly warnings: number };
}

export interface AuditEntry {
  readonly time: string;
  readonly user: string;
  readonly address?: string;
  readonly action: string;
  readonly target?: string;
  readonly detail?: string;
}

export interface RuleRow {
  readonly name: string;
  readonly source: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly enabled: boolean;
  readonly file: string;
  readonly line: number;
  /** In the last 24 hours. */
  readonly hits: number;
  readonly lastHit: string | null;
  /** For each event that it was asked about. */
  readonly nanoseconds?: number;
  readonly description: string;
}

export interface RuleDetail extends RuleRow {
  readonly yaml: string;
  readonly condition: string;
  readonly output: string;
  readonly exceptions: readonly string[];
  readonly mitre: AlertDetail["mitre"];
}

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

/** The rule files that are loaded, and what the configuration adds to them. */
export interface RuleFiles {
  readonly files: readonly RuleFile[];
  readonly statics: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
  /** Rules that it switches on or off, against what their files say. */
  readonly switched: Readonly<Record<string, boolean>>;
}

export interface Coverage {
  readonly tactics: readonly {
    readonly id: string;
    readonly name: string;
    readonly techniques: readonly {
      readonly id: string;
      readonly name: string;
      readonly rules: readonly string[];
      readonly fired: number;
    }[];
  }[];
}

export interface Sample {
  readonly name: string;
  readonly bytes: number;
  readonly about: string;
}
