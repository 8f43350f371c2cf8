import type { SQLInputValue } from "node:sqlite";
import { actionIn } from "./action-entry.ts";
import type { Row } from "./decode.ts";
import { faultOf, isInvalidRow } from "./fault.ts";
import { readStatus } from "./output-status.ts";
import { openSalvage, type Salvage } from "./pages/salvage.ts";
import type { Reader } from "./read.ts";
import { MAX_SEQ } from "./schema.ts";
import { switchIn } from "./switch.ts";
import { copiedTables, type Writer } from "./write.ts";

/**
 * Copies the readable data of a damaged journal to the current journal in steps. Alerts can be written between the
 * steps.
 */
export interface Recovery {
  /** Number of recovered alerts. */
  readonly saved: number;
  /** Number of alerts that were found but are damaged. */
  readonly lost: number;
  /** Path at which the damaged file is kept; undefined if the file no longer has a path. */
  readonly aside: string | undefined;
  /** Sequence number up to which alerts may still be recovered. All readable alerts after it are recovered. */
  readonly until: number;
  /**
   * Recovers alerts for at most `budget` milliseconds: first the alerts that outputs and responses have not read. Each
   * part begins with the oldest alerts, because alerts need half as much space if they are inserted in ascending order.
   * @returns whether there are more alerts
   */
  step(writer: Writer, budget: number): boolean;
  close(): void;
}

/** Runs `work` and returns its result; undefined if the journal has no space for it. */
function unlessFull<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (faultOf(error) !== "full") throw error;
    return undefined;
  }
}

/** Maximum duration of a transaction, in milliseconds. */
const TRANSACTION = 200;

/**
 * Copies all data except alerts, such as positions, responses and triage, and prepares the recovery of alerts.
 * @param files paths of the damaged database and its log
 * @param aside path at which the damaged database is kept
 * @throws SQLite and file system errors
 */
export function startRecovery(
  files: { readonly file: string; readonly log: string },
  aside: string | undefined,
  writer: Writer,
): Recovery {
  const salvage = openSalvage(files.file, files.log);
  let newest: number;
  try {
    newest = restoreTables(salvage, writer);
  } catch (error) {
    salvage.close();
    throw error;
  }
  const parts = partsOf(salvage, newest);
  const order = parts.flatMap(({ steps }) => steps);
  let saved = 0;
  let next = 0;
  const found = new Set<number>();
  return {
    aside,
    get saved() {
      return saved;
    },
    get lost() {
      let lost = 0;
      for (const seq of salvage.damaged) if (!found.has(seq)) lost++;
      return lost;
    },
    get until() {
      return parts.find(({ end }) => next < end)?.until ?? 0;
    },
    step(into, budget) {
      const end = performance.now() + budget;
      while (next < salvage.steps && performance.now() <= end) {
        // Several pages share a transaction, which takes as long as one fsync.
        const until = Math.min(end, performance.now() + TRANSACTION);
        const done = unlessFull(() =>
          into.transaction(() => {
            let [more, reached] = [0, next];
            while (reached < salvage.steps && performance.now() <= until) {
              const step = order[reached] ?? salvage.steps;
              const isUnordered = step === salvage.steps - 1; // precedes the pages with damaged copies of its alerts
              for (const { seq, id, entry } of salvage.alerts(step)) {
                if (isUnordered || salvage.damaged.has(seq)) found.add(seq);
                if (into.restore(seq, id, entry)) more++;
              }
              reached++;
            }
            return { more, reached };
          }),
        );
        if (done !== undefined) {
          saved += done.more;
          next = done.reached;
        } else if (into.makeRoom() === 0) next = salvage.steps; // the disk is full
      }
      return next < salvage.steps;
    },
    close: () => salvage.close(),
  };
}

/**
 * Copies the alerts that can still be read through an open connection to a lost file, newest first.
 * @param budget maximum duration in milliseconds
 */
export function takeOverAlerts(reader: Reader, writer: Writer, budget: number): void {
  const end = performance.now() + budget;
  writer.transaction(() => {
    for (const alert of reader.find(undefined, "newest")) {
      const id = Buffer.from(alert.id.replaceAll("-", ""), "hex");
      writer.restore(alert.seq, id, { ...alert, output: undefined });
      if (performance.now() > end) return;
    }
  });
}

/** Maximum plausible distance between the newest readable alert and the sequence numbers of lost alerts. */
const MAX_GAP = 1_000_000;

/** Steps of a salvage that are recovered together. */
interface Part {
  readonly steps: readonly number[];
  /** Number of steps up to the end of this part. */
  readonly end: number;
  /** Sequence number up to which alerts may be missing until the part is recovered. */
  readonly until: number;
}

/**
 * Divides a salvage at the positions of outputs and responses, and at the alerts of actions that have not ended. The
 * newest part is first, so that most readers need not wait for the recovery of alerts that they have read.
 */
function partsOf(salvage: Salvage, newest: number): Part[] {
  const places = salvage
    .rows("position")
    .map(({ seq }) => seq)
    .filter(isCount);
  for (const { seq, state } of salvage.rows("response"))
    if (isCount(seq) && (state === "waiting" || state === "asked")) places.push(seq - 1);
  const bounds = [...new Set(places)].filter((seq) => seq < newest).sort((a, b) => b - a);
  const parts: Part[] = [];
  const unordered = salvage.steps - 1;
  let first = unordered;
  let until = newest;
  for (const bound of [...bounds, Number.NEGATIVE_INFINITY]) {
    const before = first;
    while (first > 0 && salvage.lastOf(first - 1) > bound) first--;
    const pages = Array.from({ length: before - first }, (_, i) => first + i);
    const steps = parts.length === 0 ? [unordered, ...pages] : pages;
    parts.push({ steps, end: salvage.steps - first, until });
    until = bound;
  }
  return parts;
}

/**
 * Copies all data except alerts. Damage in one table does not affect the other tables.
 * @returns the largest sequence number that was used
 */
function restoreTables(salvage: Salvage, writer: Writer): number {
  const newest = newestIn(salvage);
  // New alerts get larger sequence numbers than all earlier alerts, including lost alerts.
  writer.reserve(newest);
  const statuses = new Map(salvage.rows("output").map(({ name, status }) => [name, status]));
  for (const { name, seq: before } of salvage.rows("position")) {
    if (typeof name !== "string" || !isCount(before)) continue;
    const seq = Math.min(before, newest);
    const status = statuses.get(name);
    if (status === undefined) writer.setPosition(name, seq);
    else writer.saveProgress({ outputs: [{ name, seq, status: readStatus(status) }], dead: [] });
  }
  const dead = salvage
    .rows("dead")
    .flatMap(({ output, seq, time, reason }) =>
      typeof output === "string" && isCount(seq) && isCount(time) && typeof reason === "string"
        ? [{ output, seq, time, reason }]
        : [],
    );
  writer.saveProgress({ outputs: [], dead });
  for (const table of copiedTables) writer.restoreRows(table, salvage.rows(table).filter(isReadable).map(valuesIn));
  for (const row of salvage.rows("response")) {
    const step = actionIn(row);
    if (step !== undefined) unlessInvalid(() => writer.restoreActions([step], undefined));
  }
  const change = salvage.rows("response_switch").map(switchIn).at(-1);
  if (change !== undefined) unlessInvalid(() => writer.restoreActions([], change));
  return newest;
}

/** Maximum number of sequence numbers of a source that are compared with other sources. */
const MAX_CLAIMS = 1000;

/**
 * The largest sequence number that was used. Any table or page can be damaged, so a number is used only if it is not
 * far above the number of the newest intact alert, or if another source has a similar number.
 */
function newestIn(salvage: Salvage): number {
  const next = salvage.rows("state").find(({ name }) => name === "next")?.value;
  const pages = Array.from({ length: Math.min(salvage.steps - 1, MAX_CLAIMS) }, (_, i) =>
    salvage.lastOf(salvage.steps - 2 - i),
  );
  const claims = [
    salvage.rows("span").map(({ last }) => last),
    salvage.rows("position").map(({ seq }) => seq),
    [isCount(next) ? next - 1 : 0],
    pages,
  ].map((source) =>
    source
      .filter(isCount)
      .filter((seq) => seq <= MAX_SEQ / 2)
      .sort((a, b) => b - a)
      .slice(0, MAX_CLAIMS),
  );
  let newest = salvage.newest;
  for (const source of claims)
    for (const seq of source) {
      if (seq <= newest) break;
      const isConfirmed = (other: readonly number[]): boolean =>
        other !== source && other.some((one) => Math.abs(one - seq) <= MAX_GAP);
      if (seq > salvage.newest + MAX_GAP && !claims.some(isConfirmed)) continue;
      newest = seq;
      break;
    }
  return newest;
}

/** Runs `work`, which inserts a row. Ignores errors because of invalid values, which are caused by damage. */
function unlessInvalid(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isInvalidRow(error)) throw error;
  }
}

/** Columns with nanoseconds, which are read as bigints. All other integers are read as numbers. */
const NANOSECONDS: ReadonlySet<string> = new Set(["began"]);

/**
 * Whether the integers of a row can be read as numbers: a larger integer is damaged, and reading it would throw an
 * error.
 */
function isReadable(row: Row): boolean {
  return Object.entries(row).every(
    ([name, value]) =>
      (typeof value !== "number" && typeof value !== "bigint") ||
      NANOSECONDS.has(name) ||
      Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER,
  );
}

/** Converts the values of a row to values that a database can store. */
function valuesIn(row: Row): Record<string, SQLInputValue> {
  const values: Record<string, SQLInputValue> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) values[name] = Buffer.from(value);
    else if (value === null || typeof value === "number" || typeof value === "bigint" || typeof value === "string")
      values[name] = value;
  }
  return values;
}

/** Whether a value is a plausible sequence number, count or time. */
function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
