import { DatabaseSync } from "node:sqlite";
import { type State, states } from "../../filter/filter.ts";
import type { AuditEntry, Comment, NewAuditEntry } from "../store.ts";
import type { StoredBlock } from "./blocks.ts";

interface NumberedChange {
  readonly number: number;
  /** Sequence number of the alert. */
  readonly seq: number;
  readonly state: State | undefined;
  readonly user: string;
}

/** Triage by sequence number, held in memory. */
export interface Triage {
  /** Reads changes made by other processes. @returns a number that increases with each change */
  refresh(): number;
  of(seq: number): { readonly state: State; readonly assignee: string; readonly comments: number } | undefined;
  /** States by sequence number. Alerts without an entry are open. */
  readonly states: ReadonlyMap<number, { readonly state: State }>;
  comments(seq: number): readonly Comment[];
  /** State changes after a number, up to {@link MAX_CHANGES}, in order. */
  after(number: number): readonly NumberedChange[];
  audit(limit: number, before: number | undefined): readonly (AuditEntry & { readonly id: number })[];
}

/** Maximum number of state changes per read. */
export const MAX_CHANGES = 1000;
/** Maximum number of entries of the audit log; the oldest are deleted. */
const MAX_AUDIT_ENTRIES = 100_000;
/** Name of the row in the table `state` with the ID of the newest comment. */
const LAST_COMMENT = "last_comment";

interface Made {
  state: State;
  assignee: string;
  comments: number;
}

const isState = (value: unknown): State | undefined => states.find((state) => state === value);
const iso = (milliseconds: unknown): string => new Date(Number(milliseconds)).toISOString();

export function openTriage(db: DatabaseSync): Triage {
  const last = db.prepare("SELECT max(id) AS last FROM comment");
  const fresh = db.prepare("SELECT id, seq, who, text, state FROM comment WHERE id > ? ORDER BY id");
  const ofOne = db.prepare("SELECT time, who, text, state FROM comment WHERE seq = ? ORDER BY id");
  const changes = db.prepare(
    `SELECT id, seq, who, state FROM comment WHERE id > ? AND state IS NOT NULL ORDER BY id LIMIT ${MAX_CHANGES}`,
  );
  const auditEntries = db.prepare("SELECT * FROM deed WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?");
  const made = new Map<number, Made>();
  let known = 0;

  return {
    states: made,
    refresh() {
      const now = Number(last.get()?.last ?? 0);
      if (now <= known) return known;
      for (const { id, seq, who, text, state } of fresh.iterate(known)) {
        const one = made.get(Number(seq)) ?? { state: "open", assignee: "", comments: 0 };
        const to = isState(state);
        if (to !== undefined) {
          one.state = to;
          one.assignee = to === "open" ? "" : String(who);
        }
        if (text !== "") one.comments++;
        made.set(Number(seq), one);
        known = Number(id);
      }
      return known;
    },
    of: (seq) => made.get(seq),
    comments: (seq) =>
      ofOne.all(seq).map(({ time, who, text, state }) => {
        const to = isState(state);
        return { time: iso(time), user: String(who), text: String(text), ...(to && { state: to }) };
      }),
    after: (number) =>
      changes.all(number).map(({ id, seq, who, state }) => ({
        ...{ number: Number(id), seq: Number(seq), state: isState(state), user: String(who) },
      })),
    audit: (limit, before) =>
      auditEntries
        .all(before ?? null, before ?? null, limit)
        .map(({ id, time, who, address, action, target, detail }) => ({
          id: Number(id),
          time: iso(time),
          user: String(who),
          address: String(address),
          action: String(action),
          ...(target !== null && { target: String(target) }),
          ...(detail !== null && { detail: String(detail) }),
        })),
  };
}

/** Writes triage, the audit log and blocks, concurrently with the writer of alerts. Methods throw SQLite errors. */
export interface TriageWriter {
  comment(seq: number, user: string, text: string, state: State | undefined): void;
  addAuditEntry(entry: NewAuditEntry): void;
  keep(block: StoredBlock): void;
  close(): void;
}

export function openTriageWriter(file: string): TriageWriter {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec("PRAGMA synchronous = FULL");
  // IDs are not reused, even if retention has deleted the newest comment, since readers look for larger ones.
  const lastId = db.prepare(`SELECT max(ifnull((SELECT max(id) FROM comment), 0),
    ifnull((SELECT value FROM state WHERE name = '${LAST_COMMENT}'), 0)) AS last`);
  const storeId = db.prepare(`INSERT OR REPLACE INTO state VALUES ('${LAST_COMMENT}', ?)`);
  const comment = db.prepare("INSERT INTO comment (id, seq, time, who, text, state) VALUES (?, ?, ?, ?, ?, ?)");
  const triage = db.prepare("INSERT OR REPLACE INTO triage VALUES (?, ?, ?, ?)");
  const insertEntry = db.prepare(
    "INSERT INTO deed (time, who, address, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const keep = db.prepare(`INSERT OR REPLACE INTO block SELECT ?1, ?2, ?3, ?4
    WHERE NOT EXISTS (SELECT 1 FROM gap WHERE base = ?1)`);
  const forget = db.prepare("DELETE FROM deed WHERE id <= (SELECT max(id) FROM deed) - ?");
  return {
    comment(seq, user, text, state) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const id = Number(lastId.get()?.last ?? 0) + 1;
        storeId.run(id);
        comment.run(id, seq, Date.now(), user, text, state ?? null);
        if (state !== undefined) triage.run(seq, state, user, Date.now());
        db.exec("COMMIT");
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    addAuditEntry({ user, address, action, target, detail }) {
      insertEntry.run(Date.now(), user, address, action, target ?? null, detail ?? null);
      forget.run(MAX_AUDIT_ENTRIES);
    },
    keep({ base, last, layout, bytes }) {
      keep.run(base, last, layout, bytes);
    },
    close: () => db.close(),
  };
}
