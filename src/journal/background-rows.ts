import type { DatabaseSync } from "node:sqlite";
import type { Background, LineageProcess } from "../alert/background.ts";

/** Writes process lineages and explanations of alerts. */
export interface BackgroundRows {
  insert(seq: number, background: Background): void;
  /** Clears its caches after a rollback. */
  forget(): void;
}

/**
 * Number of processes per epoch. Rows are shared within an epoch and written again in the next one, so that all rows
 * before the epoch of the oldest alert can be deleted.
 */
const EPOCH = 4096;

export function openBackgroundRows(db: DatabaseSync): BackgroundRows {
  const addProcess = db.prepare(
    "INSERT INTO process (parent, epoch, pid, began, name, cmdline, exepath, account) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const addPlan = db.prepare("INSERT INTO plan (text) VALUES (?)");
  const addBehind = db.prepare("INSERT OR REPLACE INTO behind VALUES (?, ?, ?, ?)");
  const nextId = db.prepare("SELECT ifnull(max(id), 0) + 1 AS next FROM process");
  // Unused plans are deleted before the cache is filled: plans in the cache must not be deleted.
  db.exec("DELETE FROM plan WHERE NOT EXISTS (SELECT 1 FROM behind WHERE behind.plan = plan.id)");
  const known = new Map<string, number>();
  const plans = new Map<number, number>();
  let epoch = 0;

  function begin(): void {
    known.clear();
    epoch = Number(nextId.get()?.next ?? 1);
  }

  /** ID of a process, whose parent follows it in the list. */
  function numberOf(lineage: readonly LineageProcess[]): number | null {
    let parent: number | null = null;
    for (const { pid, began, name, cmdline, exepath, account } of lineage.toReversed()) {
      const key = `${parent} ${pid} ${began} ${account}\0${name}\0${cmdline}\0${exepath}`;
      let number = known.get(key);
      if (number === undefined) {
        number = Number(addProcess.run(parent, epoch, pid, began, name, cmdline, exepath, account).lastInsertRowid);
        known.set(key, number);
      }
      parent = number;
    }
    return parent;
  }

  return {
    insert(seq, { lineage, explained }) {
      if (epoch === 0 || known.size >= EPOCH) begin();
      const process = numberOf(lineage);
      let plan = explained && plans.get(explained.plan);
      if (explained?.text !== undefined && plan === undefined) {
        plan = Number(addPlan.run(explained.text).lastInsertRowid);
        plans.set(explained.plan, plan);
      }
      const marks = plan === undefined ? null : (explained?.marks ?? null);
      if (process !== null || marks !== null) addBehind.run(seq, process, plan ?? null, marks);
    },
    forget() {
      known.clear();
      plans.clear();
      epoch = 0;
    },
  };
}
