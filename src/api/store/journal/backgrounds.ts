import type { DatabaseSync } from "node:sqlite";
import { type JournalAlert, plainValue } from "../../../alert/entry.ts";
import { explanationOf } from "../../../alert/explanation.ts";
import type { ConditionPart } from "../../schemas/alert.ts";
import type { TreeProcess } from "../store.ts";

/** Process lineages and explanations that are stored with alerts. */
export interface Backgrounds {
  /** The process lineage, root first. If no lineage is stored, it is derived from the alert's fields. */
  tree(alert: JournalAlert): readonly TreeProcess[];
  /** Sequence numbers of alerts of the same process, its descendants and its ancestors, nearest first. */
  sameProcess(seq: number, limit: number): readonly number[];
  /** The condition with the results of its parts; undefined if it was not stored. */
  explanation(seq: number): ConditionPart | undefined;
}

/** Maximum depth of a lineage, in case its parents form a cycle. */
const DEPTH = 64;

export function openBackgrounds(db: DatabaseSync): Backgrounds {
  const chain = db.prepare(`WITH RECURSIVE up (id, depth) AS (
      SELECT process, 0 FROM behind WHERE seq = ? AND process IS NOT NULL
      UNION ALL SELECT p.parent, depth + 1 FROM up JOIN process p ON p.id = up.id WHERE p.parent IS NOT NULL AND depth < ${DEPTH})
    SELECT p.* FROM up JOIN process p ON p.id = up.id ORDER BY depth DESC`);
  chain.setReadBigInts(true);
  const kin = db.prepare(`WITH RECURSIVE same (id) AS (
      SELECT other.id FROM behind b JOIN process p ON p.id = b.process
        JOIN process other ON other.pid = p.pid AND other.began = p.began WHERE b.seq = ?1
      UNION SELECT p.id FROM same JOIN process p ON p.parent = same.id LIMIT 500),
    up (id) AS (
      SELECT p.parent FROM behind b JOIN process p ON p.id = b.process WHERE b.seq = ?1 AND p.parent IS NOT NULL
      UNION SELECT p.parent FROM up JOIN process p ON p.id = up.id WHERE p.parent IS NOT NULL LIMIT ${DEPTH}),
    elder (id) AS (
      SELECT other.id FROM up JOIN process p ON p.id = up.id JOIN process other ON other.pid = p.pid AND other.began = p.began)
    SELECT b.seq AS seq FROM (SELECT id FROM same UNION SELECT id FROM elder) kin JOIN behind b ON b.process = kin.id
    WHERE b.seq <> ?1
    ORDER BY abs(b.seq - ?1) LIMIT ?2`);
  const explained = db.prepare("SELECT p.text, b.marks FROM behind b JOIN plan p ON p.id = b.plan WHERE b.seq = ?");

  return {
    tree(alert) {
      const rows = chain.all(alert.seq);
      if (rows.length === 0) return treeOfFields(alert);
      return rows.map(({ pid, name, cmdline, exepath, account, began }, i) => ({
        pid: Number(pid),
        name: String(name),
        cmdline: String(cmdline),
        ...(exepath !== "" && { exepath: String(exepath) }),
        ...(account !== "" && { user: String(account) }),
        ...(typeof began === "bigint" && began > 0n && { time: new Date(Number(began / 1_000_000n)).toISOString() }),
        isAlert: i === rows.length - 1,
      }));
    },
    sameProcess: (seq, limit) => kin.all(seq, limit).map(({ seq: other }) => Number(other)),
    explanation(seq) {
      const row = explained.get(seq);
      // The values are parsed JSON, hence FieldValues.
      return row === undefined
        ? undefined
        : (explanationOf(String(row.text), String(row.marks)) as ConditionPart | undefined);
    },
  };
}

/** The process and up to four ancestors, root first. Ancestors without fields in the alert are omitted. */
export function treeOfFields({ names, values }: JournalAlert): TreeProcess[] {
  const field = (name: string): string => plainValue(values[names.indexOf(name)]) ?? "";
  const one = (pid: string, name: string, cmdline: string, isAlert: boolean): TreeProcess[] =>
    field(name) === "" && field(pid) === ""
      ? []
      : [{ pid: Number(field(pid)) || 0, name: field(name), cmdline: field(cmdline), isAlert }];
  const own = one("proc.pid", "proc.name", "proc.cmdline", true).map((process) => ({
    ...process,
    ...(field("proc.exepath") !== "" && { exepath: field("proc.exepath") }),
    ...(field("user.name") !== "" && { user: field("user.name") }),
  }));
  const ancestors = [4, 3, 2].flatMap((i) => one(`proc.apid[${i}]`, `proc.aname[${i}]`, `proc.acmdline[${i}]`, false));
  return [...ancestors, ...one("proc.ppid", "proc.pname", "proc.pcmdline", false), ...own];
}
