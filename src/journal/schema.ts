import { DatabaseSync } from "node:sqlite";
import { wordColumns } from "./columns.ts";
import { damaged } from "./fault.ts";

/** `PRAGMA application_id` of journals: "EYAS". */
const APPLICATION = 0x45594153;

/**
 * Migrations from each schema version to the next version. The number of migrations is the current version (`PRAGMA
 * user_version`). Released migrations must not be changed.
 */
const steps: readonly string[] = [
  `
  CREATE TABLE word (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (kind, text)
  );
  CREATE TABLE alert (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    time INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    ${wordColumns.map(({ column }) => `"${column}" INTEGER`).join(",\n    ")},
    tags INTEGER NOT NULL,
    shape INTEGER NOT NULL,
    "values" TEXT NOT NULL,
    output INTEGER,
    message TEXT
  );
  CREATE INDEX alert_rule ON alert (rule, time);
  CREATE VIRTUAL TABLE search USING fts5 (
    words, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0"
  );
  CREATE TABLE span (bucket INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
  CREATE TABLE position (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, updated INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO state VALUES ('next', 1), ('clean', 1);
  `,
  `
  CREATE TABLE output (name TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE dead (
    output TEXT NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (output, seq)
  ) WITHOUT ROWID;
  CREATE INDEX dead_seq ON dead (seq);
  `,
  `
  CREATE TABLE response (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    response TEXT NOT NULL,
    place INTEGER NOT NULL,
    action TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    key TEXT NOT NULL,
    target TEXT,
    scope TEXT,
    dry INTEGER NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    answer TEXT,
    time INTEGER NOT NULL,
    asked INTEGER,
    ended INTEGER
  );
  CREATE INDEX response_seq ON response (seq);
  CREATE INDEX response_open ON response (id) WHERE state IN ('waiting', 'asked');
  CREATE INDEX response_asked ON response (asked) WHERE asked IS NOT NULL;
  CREATE TABLE response_switch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL
  );
  `,
  `
  CREATE TABLE triage (seq INTEGER PRIMARY KEY, state TEXT NOT NULL, assignee TEXT NOT NULL, changed INTEGER NOT NULL);
  CREATE TABLE comment (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT
  );
  CREATE INDEX comment_seq ON comment (seq);
  CREATE TABLE deed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT,
    detail TEXT
  );
  CREATE TABLE process (
    id INTEGER PRIMARY KEY,
    parent INTEGER,
    epoch INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    began INTEGER NOT NULL,
    name TEXT NOT NULL,
    cmdline TEXT NOT NULL,
    exepath TEXT NOT NULL,
    account TEXT NOT NULL
  );
  CREATE INDEX process_pid ON process (pid, began);
  CREATE INDEX process_parent ON process (parent);
  CREATE TABLE plan (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
  CREATE TABLE behind (seq INTEGER PRIMARY KEY, process INTEGER, plan INTEGER, marks TEXT);
  CREATE INDEX behind_process ON behind (process);
  CREATE INDEX behind_plan ON behind (plan);
  `,
  "ALTER TABLE alert ADD COLUMN received INTEGER;",
  // Column data of blocks of alerts. The API writes and reads it to count alerts for the web UI.
  `
  CREATE TABLE block (base INTEGER PRIMARY KEY, last INTEGER NOT NULL, layout TEXT NOT NULL, bytes BLOB NOT NULL);
  `,
  // Ranges of GAP sequence numbers in which alerts were deleted or recovered. `version` numbers the last change.
  `
  CREATE TABLE gap (base INTEGER PRIMARY KEY, version INTEGER NOT NULL);
  CREATE INDEX gap_version ON gap (version);
  `,
  // CRC-32 of each row (checksum.ts). Rows of earlier versions have NULL.
  "ALTER TABLE alert ADD COLUMN checksum INTEGER; ALTER TABLE word ADD COLUMN checksum INTEGER;",
  // Targets that actions have suspended and that have not been released.
  `
  ALTER TABLE response ADD COLUMN undone_by TEXT;
  CREATE TABLE suspension (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    target TEXT NOT NULL,
    undone_by TEXT NOT NULL,
    UNIQUE (undone_by, target)
  );
  CREATE INDEX suspension_seq ON suspension (seq);
  UPDATE response SET undone_by = CASE action WHEN 'host:stop' THEN 'host:continue' ELSE 'container:resume' END
    WHERE action IN ('host:stop', 'container:pause');
  INSERT INTO suspension
    SELECT max(r.id), r.seq, ifnull(r.target, ''), r.undone_by FROM response r
    LEFT JOIN (SELECT action, target, max(id) AS id FROM response WHERE state = 'done' OR why = 'nothing' GROUP BY 1, 2) u
      ON u.action = r.undone_by AND u.target IS r.target
    WHERE r.state = 'done' AND r.undone_by NOT NULL AND r.id > ifnull(u.id, 0) GROUP BY 3, 4;
  `,
  // Identities of recent alerts whose events may arrive again.
  "CREATE TABLE identity (seq INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, id BLOB NOT NULL);",
  // Data to complete an interrupted action.
  "ALTER TABLE response ADD COLUMN record TEXT;",
  // Triage of all alerts that matched a query. A comment with `bulk` has the text of that row. `assignee` is set if it is
  // not derived from `who`. `first` and `last` are IDs of comments. `outcome` is NULL until the change has ended.
  `
  CREATE TABLE bulk_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    text TEXT NOT NULL,
    query TEXT NOT NULL,
    undoes INTEGER,
    total INTEGER,
    changed INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    outcome TEXT,
    reason TEXT
  );
  ALTER TABLE comment ADD COLUMN bulk INTEGER;
  ALTER TABLE comment ADD COLUMN assignee TEXT;
  `,
  // Triage of groups of alerts, and cases. A group is identified by `key` (about.ts), and the latest row of each kind
  // applies. `scope` is JSON (scope.ts).
  `
  CREATE TABLE group_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    rule TEXT NOT NULL,
    field TEXT NOT NULL,
    subject TEXT NOT NULL,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    value TEXT NOT NULL,
    text TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT ''
  );
  CREATE INDEX group_change_key ON group_change (key);
  CREATE TABLE case_change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL,
    time INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    value TEXT NOT NULL,
    text TEXT NOT NULL
  );
  CREATE INDEX case_change_case ON case_change (case_id);
  `,
];

/** Maximum plausible sequence number; larger ones are damaged. A million alerts per second reach it in nine years. */
export const MAX_SEQ: number = 2 ** 48;

/** Number of sequence numbers that a row of `gap` or `block` covers. */
export const GAP = 8192;

/**
 * Period of event time that a row of `span` covers, in nanoseconds. The row contains the smallest and largest sequence
 * number of the alerts in the period.
 */
export const BUCKET = 600_000_000_000n;

/** Error if a database belongs to another program, has a newer format, or has an older format and is only read. */
export class ForeignJournal extends Error {}

/** The current schema version. */
export const VERSION = steps.length;

/**
 * Migrates a database to the current schema version.
 * @throws ForeignJournal if the database belongs to another program or a newer version
 */
export function migrate(db: DatabaseSync, file: string): void {
  const version = versionOf(db, file);
  if (version === VERSION && namedVersion(db) === VERSION) return;
  if (namedVersion(db) > version) throw damaged("the header and the tables have different versions");
  // One transaction, so that readers never see an intermediate version.
  const todo = steps.slice(version).join("\n");
  db.exec(`BEGIN IMMEDIATE; ${todo} PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${VERSION};
    INSERT OR REPLACE INTO state VALUES ('version', ${VERSION}); COMMIT;`);
}

/** Checks the version of a database for readers. @returns whether the tables exist @throws ForeignJournal */
export function isMigrated(db: DatabaseSync, file: string): boolean {
  const version = versionOf(db, file);
  if (version > 0 && version < VERSION)
    throw new ForeignJournal(`${file} has an older format: eyas run migrates the file at startup`);
  return version === VERSION;
}

/**
 * The version of a journal; 0 if the database is empty. Does not change the database.
 * @throws ForeignJournal
 */
export function versionOf(db: DatabaseSync, file: string): number {
  const version = pragma(db, "user_version");
  const application = pragma(db, "application_id");
  const empty = pragma(db, "page_count") <= 1 && version === 0 && application === 0;
  if (!empty && application !== APPLICATION) {
    if (namedVersion(db) > 0) throw damaged("the header has a different application ID");
    throw new ForeignJournal(`${file} was created by another program`);
  }
  if (version > VERSION) {
    const named = namedVersion(db);
    if (named > 0 && named <= VERSION) throw damaged("the header and the tables have different versions");
    throw new ForeignJournal(`${file} was written by a newer version of Eyas`);
  }
  return version;
}

/** The schema version in the table `state`, which is a copy of the version in the header; 0 if there is none. */
function namedVersion(db: DatabaseSync): number {
  try {
    return Number(db.prepare("SELECT value FROM state WHERE name = 'version'").get()?.value ?? 0);
  } catch {
    return 0; // the database is empty or belongs to another program
  }
}

/** The layout of a table in the file. */
export interface TableLayout {
  /**
   * Number of the root page. It is the same in all journals with the same schema version, unless another program
   * changed the schema.
   */
  readonly root: number;
  /** Names of the columns in the order of the values. */
  readonly columns: readonly string[];
  /** Name of the column that is the rowid; undefined if there is none. */
  readonly key: string | undefined;
}

/** Layouts of tables by name. */
export type Layout = ReadonlyMap<string, TableLayout>;

/** The layouts of all tables in a schema version. */
export function layoutOf(version: number): Layout {
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(`PRAGMA auto_vacuum = INCREMENTAL; ${steps.slice(0, version).join("\n")}`);
    const tables = db
      .prepare(
        "SELECT s.name, s.rootpage, l.wr FROM sqlite_schema s JOIN pragma_table_list l USING (name) WHERE s.rootpage > 0",
      )
      .all();
    const columnsOf = db.prepare("SELECT name, type, pk FROM pragma_table_info(?)");
    return new Map(
      tables.map(({ name, rootpage, wr }) => {
        const columns = columnsOf.all(name ?? "");
        const key = wr === 1 ? undefined : columns.find(({ type, pk }) => type === "INTEGER" && pk === 1);
        const layout = { root: Number(rootpage), columns: columns.map((column) => String(column.name)) };
        return [String(name), { ...layout, key: key === undefined ? undefined : String(key.name) }];
      }),
    );
  } finally {
    db.close();
  }
}

/** Reads an integer PRAGMA. */
export function pragma(db: DatabaseSync, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get() ?? {};
  return Number(Object.values(row)[0] ?? 0);
}
