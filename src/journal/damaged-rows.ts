import type { DatabaseSync } from "node:sqlite";
import type { JournalAlert } from "../alert/entry.ts";
import { type Decoder, type Row, rowUnlessDamaged } from "./decode.ts";

/** The order in which alerts are read, by sequence number. */
export type Order = "newest" | "oldest";

/** Decodes alerts, counts damaged ones, and finds the readable alerts after damaged pages. */
export interface DamagedRows {
  /** Number of distinct alerts that could not be read. */
  readonly count: number;
  /** Counts an alert as damaged. */
  add(seq: number): void;
  /** The alert in a row. Counts a damaged row and returns undefined. */
  decode(row: Row): JournalAlert | undefined;
  /**
   * Returns the sequence numbers of all damaged alerts found since the last call, including alerts that were already
   * counted.
   */
  take(): readonly number[];
  /** The alerts in rows. Damaged ones are counted and omitted. */
  decodeAll(rows: Iterable<Row>): JournalAlert[];
  /**
   * Skips the alerts directly after a position that SQLite cannot read, and counts them as damaged.
   * @returns the position from which to continue; undefined if no readable alert follows
   */
  skip(position: number, order: Order): number | undefined;
}

/**
 * Number of consecutive failed reads after which the step of the search grows by one, since a damaged inner page of the
 * table can affect many alerts.
 */
const PATIENCE = 256;
/** Maximum number of damaged alerts that are tracked. Above this limit, an alert can be counted more than once. */
const REMEMBERED = 100_000;

export function openDamagedRows(db: DatabaseSync, decoder: Decoder): DamagedRows {
  const from = db.prepare("SELECT seq FROM alert WHERE seq >= ? ORDER BY seq LIMIT 1");
  const downFrom = db.prepare("SELECT seq FROM alert WHERE seq <= ? ORDER BY seq DESC LIMIT 1");
  const known = new Set<number>();
  let beyond = 0;
  let recent: number[] = [];

  function add(seq: number): void {
    if (recent.length < REMEMBERED) recent.push(seq);
    if (known.size < REMEMBERED) known.add(seq);
    else if (!known.has(seq)) beyond++;
  }

  function decode(row: Row): JournalAlert | undefined {
    const alert = decoder.alert(row);
    if (alert === undefined) add(Number(row.seq));
    return alert;
  }

  return {
    get count() {
      return known.size + beyond;
    },
    ...{ add, decode },
    take() {
      const taken = recent;
      recent = [];
      return taken;
    },
    decodeAll: (rows) => [...rows].flatMap((row) => decode(row) ?? []),
    skip(position, order) {
      const direction = order === "oldest" ? 1 : -1;
      // The bounds are inclusive, so that a search from an existing alert does not read the page before it.
      const next = order === "oldest" ? from : downFrom;
      const bound = order === "oldest" ? lastSeq(db) : 1;
      let failures = 0;
      for (let at = position + direction; order === "oldest" ? at <= bound : at >= bound; ) {
        const row = rowUnlessDamaged(() => next.get(at) ?? "end");
        if (row === "end") return undefined;
        // If the row is before the position, its page is misplaced in the file.
        const found = row !== undefined && direction * Number(row.seq) >= direction * at ? row : undefined;
        if (found !== undefined && failures > 0) return at - direction;
        if (found !== undefined) {
          // The alert exists, but its values cannot be read.
          add(Number(found.seq));
          return Number(found.seq);
        }
        add(at);
        failures++;
        at += direction * Math.max(1, Math.floor(failures / PATIENCE));
      }
      return undefined;
    },
  };
}

/** Sequence number of the newest alert; 0 if there is none. */
export function lastSeq(db: DatabaseSync): number {
  return firstReadable(db, ["SELECT max(seq) AS seq FROM alert", "SELECT max(last) AS seq FROM span"]);
}

/** Sequence number of the oldest alert; 0 if there is none. */
export function firstSeq(db: DatabaseSync): number {
  return firstReadable(db, ["SELECT min(seq) AS seq FROM alert", "SELECT min(first) AS seq FROM span"]);
}

/**
 * The sequence number from the first query, or from the second one if damage prevents the first. Throws errors of the
 * second query.
 */
function firstReadable(db: DatabaseSync, queries: readonly [string, string]): number {
  const [best, other] = queries;
  const row = rowUnlessDamaged(() => db.prepare(best).get() ?? {}) ?? db.prepare(other).get();
  return Number(row?.seq ?? 0);
}
