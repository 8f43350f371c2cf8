import type { DatabaseSync } from "node:sqlite";
import type { JournalAlert } from "../alert/entry.ts";
import { type Decoder, type Row, rowUnlessDamaged } from "./decode.ts";

/** The order of sequence numbers in which alerts are read. */
export type Order = "newest" | "oldest";

/** Decodes alerts, counts those that are damaged, and finds readable ones beyond damaged pages. */
export interface DamagedRows {
  /** Number of alerts that could not be read so far; each counts once. */
  readonly count: number;
  /** Counts an alert as damaged. */
  add(seq: number): void;
  /** The alert in a row; undefined if it is damaged, which is counted. */
  decode(row: Row): JournalAlert | undefined;
  /** Returns the sequence numbers of damaged alerts since the last call, also of alerts that were counted before. */
  take(): readonly number[];
  /** The alerts in rows, without damaged ones. */
  decodeAll(rows: Iterable<Row>): JournalAlert[];
  /**
   * Counts the first alert beyond a position as damaged, after SQLite failed to read it.
   * @returns the position to continue from; undefined if nothing readable follows
   */
  skip(position: number, order: Order): number | undefined;
}

/** Failures in a row after which steps grow, so that a damaged index page does not take long. */
const PATIENCE = 256;
/** Maximum distinct damaged alerts that are told apart. */
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
      // With inclusive bounds, a search that begins at an alert touches no page before it.
      const next = order === "oldest" ? from : downFrom;
      const bound = order === "oldest" ? lastSeq(db) : 1;
      let failures = 0;
      for (let at = position + direction; order === "oldest" ? at <= bound : at >= bound; ) {
        const row = rowUnlessDamaged(() => next.get(at) ?? "end");
        if (row === "end") return undefined;
        // A row on this side of the position is of a page that is not in its place.
        const found = row !== undefined && direction * Number(row.seq) >= direction * at ? row : undefined;
        if (found !== undefined && failures > 0) return at - direction;
        if (found !== undefined) {
          // The alert is there, but its values cannot be read.
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

/** The result of the first query that damage does not prevent. Throws the error of the last one. */
function firstReadable(db: DatabaseSync, queries: readonly [string, string]): number {
  const [best, other] = queries;
  const row = rowUnlessDamaged(() => db.prepare(best).get() ?? {}) ?? db.prepare(other).get();
  return Number(row?.seq ?? 0);
}
