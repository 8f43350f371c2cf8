import type { DatabaseSync } from "node:sqlite";

/** Maximum number of processes whose alerts are searched. */
const MAX_PROCESSES = 2000;
/** Maximum number of alerts per process before, and after, the given alert. */
const MAX_PER_PROCESS = 50;
/** Maximum depth of a lineage, in case its parents form a cycle. */
const DEPTH = 64;
/** Maximum PID of the processes from which all others descend: `init` and `kthreadd`. */
const ROOTS = 2;

/** Finds alerts of processes with common ancestors. */
export interface Family {
  /**
   * Sequence numbers of the alerts of the ancestors of an alert's process, except PID 1 and 2, and of the descendants
   * of these ancestors, nearest first.
   * @returns at most `limit` numbers, and whether there are more
   */
  alertsOf(seq: number, limit: number): { readonly numbers: readonly number[]; readonly more: boolean };
}

export function openFamily(db: DatabaseSync): Family {
  // The closest ancestors are searched first, so that their descendants are found before the descendants of distant
  // ancestors.
  const members = db.prepare(`WITH RECURSIVE up (id, depth) AS (
      SELECT process, 0 FROM behind WHERE seq = ? AND process IS NOT NULL
      UNION ALL SELECT p.parent, depth + 1 FROM up JOIN process p ON p.id = up.id WHERE p.parent IS NOT NULL AND depth < ${DEPTH}),
    family (id) AS (
      SELECT id FROM (SELECT other.id AS id FROM up JOIN process p ON p.id = up.id
        JOIN process other ON other.pid = p.pid AND other.began = p.began WHERE p.pid > ${ROOTS} ORDER BY up.depth)
      UNION SELECT p.id FROM family JOIN process p ON p.parent = family.id LIMIT ${MAX_PROCESSES})
    SELECT id FROM family`);
  const before = db.prepare("SELECT seq FROM behind WHERE process = ? AND seq < ? ORDER BY seq DESC LIMIT ?");
  const after = db.prepare("SELECT seq FROM behind WHERE process = ? AND seq > ? ORDER BY seq LIMIT ?");
  return {
    alertsOf(seq, limit) {
      const processes = members.all(seq).map(({ id }) => Number(id));
      const numbers = new Set<number>();
      let more = processes.length >= MAX_PROCESSES;
      for (const process of processes)
        for (const nearest of [before, after]) {
          const found = nearest.all(process, seq, MAX_PER_PROCESS + 1);
          more ||= found.length > MAX_PER_PROCESS;
          for (const row of found.slice(0, MAX_PER_PROCESS)) numbers.add(Number(row.seq));
        }
      const nearest = [...numbers].sort((a, b) => Math.abs(a - seq) - Math.abs(b - seq));
      return { numbers: nearest.slice(0, limit), more: more || nearest.length > limit };
    },
  };
}
