import type { DatabaseSync } from "node:sqlite";
import type { Background, LineageProcess } from "../alert/background.ts";
import { BoundedMap } from "./bounded-map.ts";

/** Writes the process lineages and explanations of alerts. */
export interface BackgroundRows {
  insert(seq: number, background: Background): void;
  /**
   * Deletes processes and their ancestors, except processes in the lineage of a remaining alert and processes of the
   * current epoch.
   */
  removeUnused(processes: readonly number[]): void;
  /** Clears the caches after a rollback. */
  forget(): void;
}

/**
 * Number of inserted processes after which a new epoch begins. Alerts of the same epoch share the rows of a process.
 * Each epoch inserts new rows, so that the rows of an epoch can be deleted with its last alert.
 */
const EPOCH = 4096;
/** Maximum number of cached explanation plans. */
const PLANS = 5000;

export function openBackgroundRows(db: DatabaseSync): BackgroundRows {
  const addProcess = db.prepare(
    "INSERT INTO process (parent, epoch, pid, began, name, cmdline, exepath, account) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const addPlan = db.prepare("INSERT INTO plan (text) VALUES (?)");
  const addBehind = db.prepare("INSERT OR REPLACE INTO behind VALUES (?, ?, ?, ?)");
  const nextId = db.prepare("SELECT ifnull(max(id), 0) + 1 AS next FROM process");
  // Deletes unused plans now, while the cache is empty, since cached plans must not be deleted.
  db.exec("DELETE FROM plan WHERE NOT EXISTS (SELECT 1 FROM behind WHERE behind.plan = plan.id)");
  const isChild = "EXISTS (SELECT 1 FROM process child WHERE child.parent = process.id)";
  const isNamed = "EXISTS (SELECT 1 FROM behind WHERE behind.process = process.id)";
  const dropOne = db.prepare(
    `DELETE FROM process WHERE id = ? AND epoch <> ? AND NOT ${isChild} AND NOT ${isNamed} RETURNING parent`,
  );
  const dropLast = db.prepare(
    `DELETE FROM process WHERE epoch = (SELECT max(epoch) FROM process) AND NOT ${isChild} AND NOT ${isNamed}`,
  );
  const known = new BoundedMap<number>(EPOCH);
  const plans = new Map<number, number>();
  let epoch = 0;
  /** Number of processes inserted in this epoch. */
  let added = 0;

  function begin(): void {
    known.clear();
    // Deletes leaves first. Their parents may then be leaves for the next run.
    while (Number(dropLast.run().changes) > 0);
    added = 0;
    epoch = Number(nextId.get()?.next ?? 1);
  }

  /**
   * Returns the ID of the first process of a lineage. Inserts the process if it is new. In a lineage, each process is
   * followed by its parent.
   */
  function numberOf(lineage: readonly LineageProcess[]): number | null {
    let parent: number | null = null;
    for (const { pid, began, name, cmdline, exepath, account } of lineage.toReversed()) {
      const key = `${parent} ${pid} ${began} ${account}\0${name}\0${cmdline}\0${exepath}`;
      let number = known.get(key);
      if (number === undefined) {
        number = Number(addProcess.run(parent, epoch, pid, began, name, cmdline, exepath, account).lastInsertRowid);
        known.set(key, number);
        added++;
      }
      parent = number;
    }
    return parent;
  }

  return {
    insert(seq, { lineage, explained }) {
      if (epoch === 0 || added >= EPOCH) begin();
      const process = numberOf(lineage);
      let plan = explained && plans.get(explained.plan);
      if (explained?.text !== undefined && plan === undefined) {
        plan = Number(addPlan.run(explained.text).lastInsertRowid);
        const [oldest] = plans.keys();
        if (plans.size >= PLANS && oldest !== undefined) plans.delete(oldest);
        plans.set(explained.plan, plan);
      }
      const marks = plan === undefined ? null : (explained?.marks ?? null);
      if (process !== null || marks !== null) addBehind.run(seq, process, plan ?? null, marks);
    },
    removeUnused(processes) {
      for (const process of processes)
        for (let id: unknown = process; typeof id === "number"; ) id = dropOne.get(id, epoch)?.parent;
    },
    forget() {
      known.clear();
      plans.clear();
      epoch = 0;
    },
  };
}
