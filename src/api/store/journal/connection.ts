import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type ActionLog, openActionLog } from "../../../journal/action-log.ts";
import { wordKinds } from "../../../journal/columns.ts";
import { type Decoder, openDecoder } from "../../../journal/decode.ts";
import { idRange } from "../../../journal/id.ts";
import { isMigrated } from "../../../journal/schema.ts";
import { type Backgrounds, openBackgrounds } from "./backgrounds.ts";
import { Blocks } from "./blocks.ts";
import { type Family, openFamily } from "./family.ts";
import { type GroupTriage, openGroupTriage } from "./group-triage.ts";
import { openSearch, type Search } from "./search.ts";
import { openTriage, openTriageWriter, type Triage, type TriageWriter } from "./triage.ts";

/** A journal opened for reading, with caches. */
export interface Connection {
  readonly db: DatabaseSync;
  readonly decoder: Decoder;
  readonly blocks: Blocks;
  readonly triage: Triage;
  readonly groups: GroupTriage;
  readonly search: Search;
  readonly backgrounds: Backgrounds;
  readonly family: Family;
  readonly trail: ActionLog | undefined;
  /** Sequence number of the alert with this ID. */
  seqOf(id: string): number | undefined;
  /**
   * Sequence number of the alert with this ID. If the alert was deleted, the number before the first alert with a
   * larger ID. Undefined if the ID is invalid.
   */
  seqUpTo(id: string): number | undefined;
  /** Whether any alert has the field. */
  isField(name: string): boolean;
  writer(): TriageWriter;
  /** Size of the database in bytes, without free pages. */
  size(): number;
}

/** Provides a journal that may not exist yet or may be replaced. */
export interface Connections {
  /** The current journal; undefined if the journal does not exist. Throws SQLite errors and ForeignJournal. */
  now(): Connection | undefined;
  close(): void;
}

export function followJournal(file: string): Connections {
  let known: { readonly connection: Connection; readonly inode: number; close(): void } | undefined;
  return {
    now() {
      const inode = statSync(file, { throwIfNoEntry: false })?.ino;
      if (known !== undefined && known.inode !== inode) {
        known.close();
        known = undefined;
      }
      if (known === undefined && inode !== undefined) {
        const connection = connect(file);
        if (connection === undefined) return undefined;
        known = { ...connection, inode };
      }
      known?.connection.blocks.refresh();
      known?.connection.triage.refresh();
      known?.connection.triage.forgetDeleted(known.connection.blocks.version);
      known?.connection.groups.refresh();
      return known?.connection;
    },
    close() {
      known?.close();
      known = undefined;
    },
  };
}

function connect(file: string): { readonly connection: Connection; close(): void } | undefined {
  const db = openReadOnly(file);
  let trail: ActionLog | undefined;
  try {
    if (!isMigrated(db, file)) {
      db.close();
      return undefined;
    }
    trail = openActionLog(file);
  } catch (error) {
    db.close();
    throw error;
  }
  const decoder = openDecoder(db);
  const blocks = new Blocks(db, (block) => writerNow().keep(block));
  const triage = openTriage(db);
  let writer: TriageWriter | undefined;
  const idAfter = db.prepare("SELECT seq, id FROM alert WHERE seq >= ? ORDER BY seq LIMIT 1");
  const shapes = db.prepare("SELECT id, text FROM word WHERE kind = ? AND id > ?");
  const fields = new Set<string>();
  let lastShape = 0;
  /**
   * The first alert with this ID or a larger ID; undefined if the ID is invalid. IDs increase with sequence numbers, so
   * a binary search replaces an index.
   */
  function firstFrom(id: string): { readonly seq: number; readonly isSame: boolean } | undefined {
    const range = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? idRange(id) : undefined;
    if (range === undefined) return undefined;
    let low = blocks.first;
    let high = blocks.to + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = idAfter.get(middle);
      if (found === undefined || Number(found.seq) >= high) high = middle;
      else if (found.id instanceof Uint8Array && Buffer.compare(found.id, range[0]) < 0) low = Number(found.seq) + 1;
      else high = middle;
    }
    const found = idAfter.get(low);
    const isSame = found?.id instanceof Uint8Array && Buffer.compare(found.id, range[0]) === 0;
    return { seq: isSame ? Number(found.seq) : low, isSame };
  }

  function seqOf(id: string): number | undefined {
    const found = firstFrom(id);
    return found?.isSame ? found.seq : undefined;
  }

  function seqUpTo(id: string): number | undefined {
    const found = firstFrom(id);
    if (found === undefined || found.isSame) return found?.seq;
    return Math.max(0, found.seq - 1);
  }

  function writerNow(): TriageWriter {
    writer ??= openTriageWriter(file);
    return writer;
  }

  const connection: Connection = {
    db,
    decoder,
    blocks,
    triage,
    groups: openGroupTriage(db),
    search: openSearch(db, decoder, blocks, triage, seqOf),
    backgrounds: openBackgrounds(db),
    family: openFamily(db),
    trail,
    seqOf,
    seqUpTo,
    isField(name) {
      for (const { id, text } of shapes.iterate(wordKinds.shape, lastShape)) {
        lastShape = Math.max(lastShape, Number(id));
        for (const field of String(text).split("\n")) fields.add(field);
      }
      return fields.has(name);
    },
    writer: writerNow,
    size() {
      const { pages, free, bytes } =
        db
          .prepare(
            "SELECT (SELECT page_count FROM pragma_page_count) pages, (SELECT freelist_count FROM pragma_freelist_count) free, (SELECT page_size FROM pragma_page_size) bytes",
          )
          .get() ?? {};
      return (Number(pages ?? 0) - Number(free ?? 0)) * Number(bytes ?? 0);
    },
  };
  return {
    connection,
    close() {
      blocks.close();
      writer?.close();
      trail?.close();
      db.close();
    },
  };
}

/**
 * Opens the journal, even in a read-only directory. In a read-only directory, SQLite cannot create its shared-memory
 * file, so a journal without a write-ahead log is opened as immutable.
 */
function openReadOnly(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    db.prepare("PRAGMA user_version").get();
    return db;
  } catch (error) {
    db.close();
    if (existsSync(`${file}-wal`)) throw error;
    const url = pathToFileURL(file);
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { readOnly: true });
  }
}
