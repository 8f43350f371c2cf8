import { setTimeout as delay } from "node:timers/promises";
import { ApiError, notFound } from "../../api-error.ts";
import { type BulkAction, bulkStates } from "../../filter/bulk.ts";
import { type Filter, type State, states } from "../../filter/filter.ts";
import type { BulkChange } from "../../schemas/bulk.ts";
import type { Store } from "../store.ts";
import { SIZE } from "./block.ts";
import { type BulkRow, bulkChangeOf, bulkRow, isRunning, undoableUntil } from "./bulk-rows.ts";
import type { BulkWriter } from "./bulk-writer.ts";
import type { Connection } from "./connection.ts";
import { loaded } from "./loading.ts";
import type { OpenJournal } from "./open-journal.ts";
import { rowsOf } from "./search.ts";

/** Maximum number of bulk changes at a time. */
const MAX_RUNNING = 2;
/** Number of alerts per transaction. A transaction takes about ten milliseconds, in which no alerts can be written. */
const BATCH = 500;
/** Maximum duration of a step of the search, in milliseconds, and number of alerts between two checks of the time. */
const STEP = 20;
const CHECK_INTERVAL = 64;
/** Minimum pause between two steps, in milliseconds. A pause takes at least as long as the previous step. */
const MIN_PAUSE = 2;
/** Milliseconds between checks of the write-ahead log, and number of checks after which the change fails. */
const LOG_PAUSE = 250;
const LOG_CHECKS = 120;

interface BulkMethods extends Pick<Store, "changeAll" | "bulkChange" | "undoBulk"> {
  /** Interrupts running changes. */
  stop(): void;
}

/** A running change: its connection, and its ID. */
interface Job {
  readonly connection: Connection;
  readonly writer: BulkWriter;
  readonly id: number;
}

/**
 * Changes all alerts that match a filter. Alerts are selected and changed in short steps. Between steps, other requests
 * are handled and new alerts are written.
 */
export function bulkMethods(journal: OpenJournal): BulkMethods {
  const running = new Set<Job>();
  let isStopped = false;

  /** @throws ApiError if too many changes run */
  function writerNow(): { readonly connection: Connection; readonly writer: BulkWriter } {
    const connection = journal.required();
    if (running.size >= MAX_RUNNING)
      throw new ApiError(503, "busy", `${MAX_RUNNING} bulk changes are running; try again when one has ended.`);
    journal.write(() => connection.writer().bulk.endInterrupted());
    return { connection, writer: connection.writer().bulk };
  }

  /** Pauses after a step. @param began start time of the step @throws ApiError if the change cannot continue */
  async function pause(job: Job, began: number): Promise<void> {
    await delay(Math.max(MIN_PAUSE, performance.now() - began));
    check(job);
    for (let checks = 0; !job.writer.hasRoom(); checks++) {
      if (checks === LOG_CHECKS)
        throw new ApiError(
          503,
          "journal",
          "Another program reads the journal, so its write-ahead log cannot be emptied.",
        );
      job.writer.beat(job.id);
      await delay(LOG_PAUSE);
      check(job);
    }
  }

  function check({ connection }: Job): void {
    if (isStopped) throw stopping();
    if (journal.connected() !== connection) throw new ApiError(503, "journal", "The journal was replaced.");
  }

  /** Runs a change. @returns the change when it has ended, or after `wait` seconds */
  async function run(job: Job, wait: number, work: () => Promise<void>): Promise<BulkChange> {
    running.add(job);
    await atMost(
      wait * 1000,
      outcomeOf(job, work, () => isStopped).finally(() => running.delete(job)),
    );
    if (isStopped) throw stopping();
    const change = await bulkChange(String(job.id));
    if (change === undefined) throw notFound("Bulk change not found.");
    return change;
  }

  const isOwn = (id: number): boolean => [...running].some((job) => job.id === id);

  async function bulkChange(id: string): Promise<BulkChange | undefined> {
    const row = bulkRow(journal.required().db, id);
    return row && bulkChangeOf(row, Date.now(), isOwn(row.id));
  }

  async function changeMatching(job: Job, filter: Filter, newest: number, action: BulkAction): Promise<void> {
    const from = bulkStates[action].from.filter((state) => filter.state === undefined || state === filter.state);
    await loaded(job.connection.blocks, 0);
    const seqs: number[] = [];
    for (let before: number | undefined = newest + 1; before !== undefined; ) {
      const began = performance.now();
      before = selectStep(job.connection, filter, before, from, seqs);
      job.writer.beat(job.id);
      if (before !== undefined) await pause(job, began);
    }
    job.writer.total(job.id, seqs.length);
    for (let at = 0; at < seqs.length; at += BATCH) {
      const began = performance.now();
      job.writer.apply(job.id, action, from, seqs.slice(at, at + BATCH));
      await pause(job, began);
    }
  }

  return {
    bulkChange,
    async changeAll({ filter, newest, action, text, query, user, address, wait }) {
      const { connection, writer } = writerNow();
      const last = newest === undefined ? connection.blocks.to : connection.seqUpTo(newest);
      if (last === undefined) throw notFound("Alert not found in the journal.");
      let id = 0;
      journal.write(() => {
        id = writer.begin({ user, address, action, text, query });
      });
      const job: Job = { connection, writer, id };
      return run(job, wait, () => changeMatching(job, filter, last, action));
    },
    async undoBulk(of, { user, address, wait }) {
      const { connection, writer } = writerNow();
      const row = bulkRow(connection.db, of);
      if (row === undefined) throw notFound("Bulk change not found.");
      const now = Date.now();
      if (isOwn(row.id) || undoableUntil(row, now) === undefined)
        throw new ApiError(409, "not_undoable", reasonAgainstUndo(row, now, isOwn(row.id)));
      let id = 0;
      journal.write(() => {
        id = writer.begin({ user, address, action: "undo", text: "", query: row.query, undoes: row.id });
      });
      const job: Job = { connection, writer, id };
      return run(job, wait, async () => {
        writer.total(id, row.changed);
        for (let after: number | undefined = row.first - 1; after !== undefined; ) {
          const began = performance.now();
          after = writer.restore(id, row, after, BATCH);
          await pause(job, began);
        }
      });
    },
    stop() {
      isStopped = true;
      for (const { writer, id } of running) {
        try {
          writer.end(id, "interrupted");
        } catch {
          // The change counts as interrupted, because it makes no progress.
        }
      }
    },
  };
}

const stopping = (): ApiError => new ApiError(503, "closed", "Eyas is stopping.");

/** Runs a change and stores its outcome. */
async function outcomeOf({ writer, id }: Job, work: () => Promise<void>, isStopped: () => boolean): Promise<void> {
  try {
    try {
      await work();
      writer.end(id, "done");
    } catch (error) {
      if (!isStopped()) writer.end(id, "failed", error instanceof Error ? error.message : String(error));
    }
  } catch {
    // If the outcome cannot be written, the change counts as interrupted.
  }
}

/** Waits until a promise settles, but at most for a time in milliseconds. */
async function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
  const controller = new AbortController();
  await Promise.race([promise, delay(milliseconds, undefined, { signal: controller.signal }).catch(() => {})]);
  controller.abort();
}

function reasonAgainstUndo(row: BulkRow, now: number, isOwn: boolean): string {
  if (isOwn || isRunning(row, now)) return "The bulk change is still running.";
  if (row.undone) return "The bulk change has already been undone.";
  if (row.action === "comment") return "Comments cannot be undone.";
  if (row.action === "undo") return "An undo cannot be undone; repeat the change instead.";
  return row.changed === 0
    ? "The bulk change has changed no alerts."
    : "A bulk change can be undone only within one hour.";
}

/**
 * Adds the sequence numbers of matching alerts in the given states to a list, newest first.
 * @param before exclusive bound
 * @returns the bound of the next step; undefined if there are no more alerts
 */
function selectStep(
  { search, triage }: Connection,
  filter: Filter,
  before: number,
  from: readonly State[],
  seqs: number[],
): number | undefined {
  const end = performance.now() + STEP;
  const isEvery = from.length === states.length;
  let looked = 0;
  let begun = false;
  for (const { block, mask, test } of search.blocks(filter, "newest", { before })) {
    if (begun && performance.now() > end) return block.base + SIZE;
    begun = true; // each step covers at least one more block, or a part of it
    for (const row of rowsOf(mask, "newest")) {
      const seq = block.base + row;
      if (++looked % CHECK_INTERVAL === 0 && performance.now() > end) return seq + 1;
      if (test !== undefined && !test(row)) continue;
      if (isEvery || from.includes(triage.of(seq)?.state ?? "open")) seqs.push(seq);
    }
  }
  return undefined;
}
