import { DatabaseSync } from "node:sqlite";
import { openCommentIds } from "../../../journal/comment-ids.ts";
import { type State, states } from "../../filter/filter.ts";
import type { AuditEntry, Comment, NewAuditEntry, NewCaseChange, NewGroupChange } from "../store.ts";
import { SIZE } from "./block.ts";
import type { StoredBlock } from "./blocks.ts";
import { type BulkWriter, openBulkWriter } from "./bulk-writer.ts";
import { caseChangeWriter } from "./cases.ts";
import { groupChangeWriter } from "./group-triage.ts";
import { type AlertTriage, TriageBlock } from "./triage-block.ts";

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
  of(seq: number): AlertTriage | undefined;
  /**
   * Removes triage of deleted alerts from memory, in part per call.
   * @param version increases when alerts are deleted
   */
  forgetDeleted(version: number): void;
  /** Number of alerts with triage in memory. */
  readonly size: number;
  /** The states of the alerts of a block, as indexes of {@link states}; undefined if all are open. */
  statesIn(base: number): Uint8Array | undefined;
  comments(seq: number): readonly Comment[];
  /** State changes after a number, in order, at most {@link MAX_CHANGES}. State changes of bulk changes are omitted. */
  after(number: number): readonly NumberedChange[];
  /** ID of the latest bulk change with state changes whose numbers are greater than `number` and at most `last`. */
  bulkAfter(number: number, last: number): string | undefined;
  audit(limit: number, before: number | undefined): readonly (AuditEntry & { readonly id: number })[];
}

/** Maximum number of state changes per read. */
export const MAX_CHANGES = 1000;
/** Maximum number of entries of the audit log. The oldest entries are deleted. */
const MAX_AUDIT_ENTRIES = 100_000;
/** Text of the state changes of an undo. */
const UNDONE = "Undo of a bulk change.";

/** Number of blocks to search for deleted alerts per call. */
const CHECKED = 4;

const UNTOUCHED: AlertTriage = { state: "open", assignee: "", comments: 0 };

const isState = (value: unknown): State | undefined => states.find((state) => state === value);
const iso = (milliseconds: unknown): string => new Date(Number(milliseconds)).toISOString();

export function openTriage(db: DatabaseSync): Triage {
  const last = db.prepare("SELECT max(id) AS last FROM comment");
  const fresh =
    db.prepare(`SELECT c.id, c.seq, c.who, c.state, c.assignee, c.text <> '' OR ifnull(b.text, '') <> '' AS said
    FROM comment c LEFT JOIN bulk_change b ON b.id = c.bulk WHERE c.id > ? ORDER BY c.id`);
  const ofOne =
    db.prepare(`SELECT c.time, c.who, c.text, c.state, b.text AS shared, b.undoes, c.bulk < 0 AS auto, g.text AS request
    FROM comment c LEFT JOIN bulk_change b ON b.id = c.bulk LEFT JOIN group_change g ON g.id = -c.bulk WHERE c.seq = ? ORDER BY c.id`);
  const changes = db.prepare(`SELECT id, seq, who, state FROM comment
    WHERE id > ? AND state IS NOT NULL AND bulk IS NULL ORDER BY id LIMIT ${MAX_CHANGES}`);
  const bulk = db.prepare(`SELECT bulk FROM comment WHERE id > ? AND id <= ? AND state IS NOT NULL AND bulk > 0
    ORDER BY id DESC LIMIT 1`);
  const auditEntries = db.prepare("SELECT * FROM deed WHERE ? IS NULL OR id < ? ORDER BY id DESC LIMIT ?");
  const oldest = db.prepare("SELECT min(seq) AS seq FROM comment");
  const left = db.prepare("SELECT DISTINCT seq FROM comment WHERE seq BETWEEN ? AND ?");
  const blocks = new Map<number, TriageBlock>();
  /** Blocks in which alerts may have been deleted. */
  let unchecked: number[] = [];
  let checkedVersion = 0;
  let known = 0;

  const of = (seq: number): AlertTriage | undefined => blocks.get(Math.floor(seq / SIZE))?.get(seq % SIZE);

  function put(seq: number, value: AlertTriage): void {
    const number = Math.floor(seq / SIZE);
    if (!blocks.has(number) && value === UNTOUCHED) return;
    const before = blocks.get(number) ?? TriageBlock.of([]);
    const after = before.set(seq % SIZE, value);
    if (blocks.get(number) !== after) blocks.set(number, after);
  }

  /** Removes the alerts without comments from a block. */
  function check(number: number): void {
    const block = blocks.get(number);
    if (block === undefined) return;
    const base = number * SIZE;
    const commented = new Set(left.all(base, base + SIZE - 1).map(({ seq }) => Number(seq) - base));
    const all = [...block.entries()];
    const remaining = all.filter(([row]) => commented.has(row));
    if (remaining.length === 0) blocks.delete(number);
    else if (remaining.length < all.length) blocks.set(number, TriageBlock.of(remaining));
  }

  return {
    refresh() {
      const now = Number(last.get()?.last ?? 0);
      if (now <= known) return known;
      for (const { id, seq, who, said, state, assignee } of fresh.iterate(known)) {
        const one = of(Number(seq)) ?? UNTOUCHED;
        const to = isState(state);
        const comments = one.comments + Number(said);
        if (to === undefined) put(Number(seq), comments === one.comments ? one : { ...one, comments });
        else put(Number(seq), { state: to, assignee: String(assignee ?? (to === "open" ? "" : who)), comments });
        known = Number(id);
      }
      return known;
    },
    of,
    forgetDeleted(version) {
      // Comments of deleted alerts are deleted, but comments of alerts that have not been recovered yet still exist.
      const first = Number(oldest.get()?.seq ?? Number.POSITIVE_INFINITY);
      for (const [number] of blocks) if ((number + 1) * SIZE <= first) blocks.delete(number);
      if (unchecked.length === 0 && version !== checkedVersion) {
        unchecked = [...blocks.keys()];
        checkedVersion = version;
      }
      for (const number of unchecked.splice(0, CHECKED)) check(number);
    },
    get size() {
      let size = 0;
      for (const block of blocks.values()) for (const _ of block.entries()) size++;
      return size;
    },
    statesIn: (base) => blocks.get(base / SIZE)?.states,
    comments: (seq) =>
      ofOne.all(seq).map(({ time, who, text, state, shared: sharedText, undoes, auto, request }) => {
        const to = isState(state);
        const own = auto === 1 ? `Closed automatically: ${request ?? "the reason is no longer stored"}` : text;
        const said = undoes !== null ? UNDONE : String(sharedText ?? own);
        return { time: iso(time), user: String(who), text: said, ...(to && { state: to }) };
      }),
    after: (number) =>
      changes.all(number).map(({ id, seq, who, state }) => ({
        ...{ number: Number(id), seq: Number(seq), state: isState(state), user: String(who) },
      })),
    bulkAfter(number, last) {
      const id = bulk.get(number, last)?.bulk;
      return id === undefined ? undefined : String(id);
    },
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
  /** Changes the triage of a group. */
  changeGroup(change: NewGroupChange): void;
  /** Changes or opens a case. @returns its ID */
  changeCase(change: NewCaseChange): string;
  keep(block: StoredBlock): void;
  readonly bulk: BulkWriter;
  close(): void;
}

export function openTriageWriter(file: string): TriageWriter {
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec("PRAGMA synchronous = FULL");
  const ids = openCommentIds(db);
  const comment = db.prepare("INSERT INTO comment (id, seq, time, who, text, state) VALUES (?, ?, ?, ?, ?, ?)");
  const triage = db.prepare("INSERT OR REPLACE INTO triage VALUES (?, ?, ?, ?)");
  const insertEntry = db.prepare(
    "INSERT INTO deed (time, who, address, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const keep = db.prepare(`INSERT OR REPLACE INTO block SELECT ?1, ?2, ?3, ?4
    WHERE NOT EXISTS (SELECT 1 FROM gap WHERE base = ?1)`);
  const forget = db.prepare("DELETE FROM deed WHERE id <= (SELECT max(id) FROM deed) - ?");

  function transaction<T>(work: () => T): T {
    db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      db.exec("COMMIT");
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
  function addAuditEntry({ user, address, action, target, detail }: NewAuditEntry): void {
    insertEntry.run(Date.now(), user, address, action, target ?? null, detail ?? null);
    forget.run(MAX_AUDIT_ENTRIES);
  }

  return {
    comment(seq, user, text, state) {
      transaction(() => {
        const id = ids.next();
        ids.store(id);
        comment.run(id, seq, Date.now(), user, text, state ?? null);
        if (state !== undefined) triage.run(seq, state, user, Date.now());
      });
    },
    addAuditEntry,
    changeGroup: groupChangeWriter(db),
    changeCase: caseChangeWriter(db, transaction),
    keep({ base, last, layout, bytes }) {
      keep.run(base, last, layout, bytes);
    },
    bulk: openBulkWriter(db, { file, transaction, ids, addAuditEntry }),
    close: () => db.close(),
  };
}
