import { groupKey } from "../../../alert/group-key.ts";
import { type State, states } from "../../filter/filter.ts";
import { groupActions } from "../../filter/group.ts";
import { changed, type GroupState, kindOfChange, type StoredGroupChange } from "../group-states.ts";
import type { AuditEntry, Comment, NewAuditEntry, NewGroupChange } from "../store.ts";
import { type Fields, numberAt, textAt } from "./json.ts";
import type { Server } from "./server.ts";
import type { FleetSettings } from "./settings.ts";
import { openTriageIndex, type TriageIndex } from "./triage-index.ts";

/** The triage state of an alert. */
export interface TriageState {
  readonly state: State;
  readonly assignee: string;
  readonly comments: number;
}

/** A state change of an alert. */
export interface Change {
  readonly id: string;
  readonly state: State;
  readonly user: string;
}

/**
 * Triage of a fleet's alerts in a separate index, with a document for each comment, state change and audit entry.
 * Documents are never updated. Other pages with the same fleet also write to the index.
 */
export interface Triage {
  /** Reads the changes made by other processes, at most once per second. */
  refresh(): Promise<void>;
  /** States by alert ID, as of the last refresh. */
  readonly states: ReadonlyMap<string, TriageState>;
  /** State changes after a sequence number, oldest first, with the newest sequence number. */
  changesAfter(number: number): { readonly changes: readonly Change[]; readonly number: number };
  comments(alert: string): Promise<readonly Comment[]>;
  /** The triage of groups by key, as of the last refresh. */
  readonly groups: ReadonlyMap<string, GroupState>;
  groupChanges(key: string): Promise<readonly StoredGroupChange[]>;
  changeGroup(change: NewGroupChange): Promise<void>;
  caseDocuments: TriageIndex["caseDocuments"];
  caseSummaries: TriageIndex["caseSummaries"];
  /** Writes a document of a case. @returns its key */
  writeCase(document: Fields): Promise<string>;
  comment(alert: string, user: string, text: string, state: State | undefined): Promise<void>;
  addAuditEntry(entry: NewAuditEntry): Promise<void>;
  /**
   * Creates a document with an ID.
   * @returns false if a document with this ID exists, such as a document of another page
   */
  claim: TriageIndex["claim"];
  documentsOf: TriageIndex["documentsOf"];
  newest: TriageIndex["newest"];
  /** @param before the key of the last entry of the previous page */
  audit(limit: number, before: string | undefined): Promise<readonly (AuditEntry & { readonly key: string })[]>;
}

/** Minimum interval between reads and maximum clock skew between pages, in milliseconds. */
const PAUSE = 1000;
const OVERLAP = 60_000;
/** Number of state changes to keep for event streams. Older state changes are removed when there are twice as many. */
const MAX_CHANGES = 10_000;

export function openTriage(server: Server, settings: FleetSettings): Triage {
  const index = openTriageIndex(server, settings);
  const made = new Map<string, { state: State; assignee: string; comments: number; latest: string }>();
  const groups = new Map<string, GroupState>();
  /**
   * The key of the latest change of each kind, by group. Documents of other pages may be found after newer documents.
   */
  const latest = new Map<string, Map<string, string>>();
  const changes: Change[] = [];
  let forgotten = 0;
  const seen = new Map<string, number>();
  let since: number | undefined;
  let looked = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  function take(source: unknown, fresh: boolean): void {
    const key = textAt(source, "key");
    if (key === "" || seen.has(key)) return;
    seen.set(key, Date.parse(textAt(source, "time")));
    const change = groupChangeIn(source);
    if (change !== undefined) {
      if (isLatest(change, key)) groups.set(change.key, changed(groups.get(change.key), change));
      return;
    }
    const alert = textAt(source, "alert");
    const state = states.find((one) => one === textAt(source, "state"));
    const one = made.get(alert) ?? { state: "open", assignee: "", comments: 0, latest: "" };
    const user = textAt(source, "user");
    if (state !== undefined && key > one.latest) {
      one.latest = key;
      one.state = state;
      one.assignee = state === "open" ? "" : user;
    }
    if (numberAt(source, "length") > 0) one.comments++;
    made.set(alert, one);
    if (state === undefined || !fresh) return;
    changes.push({ id: alert, state, user });
  }

  /** Whether a change of a group is not replaced by a newer change. Comments are never replaced. */
  function isLatest({ key: group, action }: StoredGroupChange, key: string): boolean {
    const kind = kindOfChange[action];
    if (kind === undefined) return true;
    const keys = latest.get(group) ?? new Map<string, string>();
    latest.set(group, keys);
    if (key < (keys.get(kind) ?? "")) return false;
    keys.set(kind, key);
    return true;
  }

  async function look(): Promise<void> {
    const first = since === undefined;
    const found = await index.since(since === undefined ? undefined : new Date(since - OVERLAP).toISOString());
    since = Date.now();
    for (const source of found) take(source, !first);
    for (const [key, time] of seen) if (time < since - 2 * OVERLAP) seen.delete(key);
    if (changes.length > 2 * MAX_CHANGES) forgotten += changes.splice(0, changes.length - MAX_CHANGES).length;
  }

  return {
    states: made,
    changesAfter: (number) => ({
      changes: changes.slice(Math.max(0, number - forgotten)),
      number: forgotten + changes.length,
    }),
    async refresh() {
      if (performance.now() - looked < PAUSE) return looking;
      looked = performance.now();
      looking = look().catch((error: unknown) => {
        looked = Number.NEGATIVE_INFINITY;
        throw error;
      });
      return looking;
    },
    comments: index.comments,
    groups,
    groupChanges: async (key) => (await index.groupChanges(key)).flatMap((source) => groupChangeIn(source) ?? []),
    caseDocuments: index.caseDocuments,
    caseSummaries: index.caseSummaries,
    writeCase: (document) => index.write({ kind: "case", ...document }),
    async changeGroup({ rule, about, user, action, value: target, text }) {
      const { field, value: subject } = about ?? { field: "", value: "" };
      const alert = groupKey(rule, about);
      const document = { kind: "group", alert, rule, field, subject, user, action, target, text };
      const key = await index.write(document);
      take({ ...document, key, time: new Date().toISOString() }, true);
    },
    async comment(alert, user, text, state) {
      const document = { kind: "comment", alert, user, text, length: text.length, ...(state && { state }) };
      const key = await index.write(document);
      take({ ...document, key, time: new Date().toISOString() }, true);
    },
    async addAuditEntry(entry) {
      await index.write({ kind: "deed", ...entry });
    },
    claim: index.claim,
    documentsOf: index.documentsOf,
    newest: index.newest,
    audit: index.audit,
  };
}

/** The change of a group in a document; undefined for other documents. */
function groupChangeIn(source: unknown): StoredGroupChange | undefined {
  const text = (name: string): string => textAt(source, name);
  const action = groupActions.find((one) => one === text("action"));
  if (text("kind") !== "group" || action === undefined) return undefined;
  return {
    ...{ key: text("alert"), rule: text("rule"), time: text("time"), user: text("user"), action },
    about: text("field") === "" ? undefined : { field: text("field"), value: text("subject") },
    ...{ value: text("target"), text: text("text") },
  };
}
