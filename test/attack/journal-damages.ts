import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Random } from "../damaged/random.ts";
import { alertsIn, shareWithin } from "./readable.ts";

/** A kind of damage to a journal. */
export interface Damage {
  readonly name: string;
  /** Share of the alerts that must be saved. */
  readonly share: number;
  /** Whether the journal has a log, as after SIGKILL. */
  readonly isKilled?: true;
  /** Whether the file becomes a database of another program. */
  readonly isForeign?: true;
  /** Damages the file. @returns the share of the alerts that must be saved; undefined if {@link share} applies */
  apply(file: string, random: Random): number | undefined;
}

const PAGE = 4096;
/** Types of pages in the database. */
const TABLE_LEAF = 0x0d;

/** Flips 50 bits anywhere in the file. */
export const bitFlips: Damage = {
  name: "50 bit flips",
  share: 0.9,
  apply: (file, random) => change(file, (bytes) => flip(bytes, random, 50, 0, bytes.length)),
};

export const damages: readonly Damage[] = [
  { name: "truncated to nothing", share: 0, apply: (file) => void truncateSync(file, 0) },
  {
    name: "truncated",
    share: 0,
    apply(file, random) {
      const size = random.below(statSync(file).size);
      const share = shareWithin(file, size);
      truncateSync(file, size);
      return share * KEPT;
    },
  },
  {
    name: "truncated by a few bytes",
    share: 0.9,
    apply: (file, random) => void truncateSync(file, statSync(file).size - 1 - random.below(3 * PAGE)),
  },
  {
    name: "pages of zeros",
    share: 0.9,
    apply: (file, random) =>
      change(file, (bytes) => {
        for (let i = 0; i < 5; i++) {
          const page = random.below(bytes.length / PAGE);
          bytes.fill(0, page * PAGE, (page + 1) * PAGE);
        }
      }),
  },
  {
    name: "bit flips in the header",
    share: 0.9,
    apply: (file, random) => change(file, (bytes) => flip(bytes, random, 4, 0, 100)),
  },
  {
    name: "bit flips in the schema",
    share: 0.9,
    apply: (file, random) =>
      change(file, (bytes) => {
        flip(bytes, random, 10, 100, PAGE);
        for (const page of pagesOf(bytes, (page) => page.includes("CREATE "))) flipIn(bytes, random, 5, page);
      }),
  },
  {
    name: "bit flips in leaf pages",
    share: 0.9,
    apply: (file, random) =>
      change(file, (bytes) => {
        const leaves = pagesOf(bytes, (page) => page[0] === TABLE_LEAF);
        for (let i = 0; i < 20; i++) flipIn(bytes, random, 1, leaves[random.below(leaves.length)] ?? 0);
      }),
  },
  {
    name: "bit flips in overflow pages",
    share: 0.9,
    apply: (file, random) =>
      change(file, (bytes) => {
        const pages = pagesOf(bytes, (page) => page[0] === 0 && page.includes("xxxxxxxx"));
        for (let i = 0; i < 20; i++) flipIn(bytes, random, 1, pages[random.below(pages.length)] ?? 0);
      }),
  },
  {
    name: "bit flips in interior pages",
    share: 0.9,
    apply: (file, random) =>
      change(file, (bytes) => {
        const pages = pagesOf(bytes, (page) => page[0] === 0x05 || page[0] === 0x02);
        for (let i = 0; i < 10; i++) flipIn(bytes, random, 2, pages[random.below(pages.length)] ?? 0);
      }),
  },
  {
    name: "bit flips in the log",
    share: 0.85,
    isKilled: true,
    apply: (file, random) => change(`${file}-wal`, (bytes) => flip(bytes, random, 20, 0, bytes.length)),
  },
  {
    name: "a truncated log",
    share: 0,
    isKilled: true,
    apply: (file, random) =>
      consistent(file, () => truncateSync(`${file}-wal`, random.below(statSync(`${file}-wal`).size))),
  },
  {
    name: "a deleted log",
    share: 0,
    isKilled: true,
    apply: (file) => consistent(file, () => unlinkSync(`${file}-wal`)),
  },
  {
    name: "inserted bytes",
    share: 0.9,
    apply: (file, random) =>
      void replaceBytes(file, (bytes) => {
        const at = random.below(bytes.length);
        return [bytes.subarray(0, at), Buffer.alloc(1 + random.below(5000), 0x41), bytes.subarray(at)];
      }),
  },
  {
    name: "removed bytes",
    share: 0.85,
    apply: (file, random) =>
      void replaceBytes(file, (bytes) => {
        const at = random.below(bytes.length);
        return [bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(5000))];
      }),
  },
  {
    name: "swapped pages",
    share: 0.9,
    apply: (file, random) =>
      change(file, (bytes) => {
        for (let i = 0; i < 5; i++) {
          const [a, b] = [random.below(bytes.length / PAGE) * PAGE, random.below(bytes.length / PAGE) * PAGE];
          const first = Buffer.from(bytes.subarray(a, a + PAGE));
          bytes.copy(bytes, a, b, b + PAGE);
          first.copy(bytes, b);
        }
      }),
  },
  {
    name: "a quote in the values of alerts",
    share: 0.9,
    apply: (file, random) =>
      sql(file, (db) => {
        const change = db.prepare(
          `UPDATE alert SET "values" = substr("values", 1, 5) || '"' || substr("values", 6) WHERE seq = ?`,
        );
        for (let i = 0; i < 5; i++) change.run(1 + random.below(4000));
      }),
  },
  {
    name: "changed times and columns of alerts",
    share: 0.9,
    apply: (file, random) =>
      sql(file, (db) => {
        const changes = ["time = time + 1", "shape = shape + 1", "shape = 99999", "priority = 77", "id = x'00'"];
        for (const [i, one] of changes.entries())
          db.prepare(`UPDATE alert SET ${one} WHERE seq = ?`).run(1 + i + random.below(4000));
      }),
  },
  {
    name: "missing and changed words",
    share: 0.5,
    apply: (file, random) =>
      sql(file, (db) => {
        const rules = db.prepare("SELECT id FROM word WHERE kind = 'rule'").all();
        const [one, other] = [rules[random.below(rules.length)], rules[random.below(rules.length)]];
        db.prepare("DELETE FROM word WHERE id = ?").run(Number(one?.id));
        db.prepare("UPDATE word SET text = text || '!' WHERE id = ?").run(Number(other?.id));
      }),
  },
  {
    name: "missing tables",
    share: 0.9,
    apply: (file, random) =>
      sql(file, (db) => {
        const tables = ["span", "position", "dead", "state", "output", "response", "search"];
        db.exec(`DROP TABLE ${tables[random.below(tables.length)]}`);
      }),
  },
  {
    name: "random bytes instead of the file",
    share: 0,
    apply: (file, random) =>
      void writeFileSync(
        file,
        Uint8Array.from({ length: 20_000 }, () => random.below(256)),
      ),
  },
  {
    name: "a database of another program",
    share: 0,
    isForeign: true,
    apply(file) {
      rmSync(file);
      return sql(file, (db) => db.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)"));
    },
  },
  {
    name: "a directory instead of the file",
    share: 0,
    apply(file) {
      rmSync(file);
      mkdirSync(file);
      return undefined;
    },
  },
  { name: "no permissions", share: 1, apply: (file) => void chmodSync(file, 0) },
];

/**
 * Share of the alerts with existing pages that must be saved. It is less than 1, because an alert also needs pages of
 * other tables, which may be missing.
 */
const KEPT = 0.98;

/** Damages a log. @returns the share of the alerts that SQLite still reads */
function consistent(file: string, damage: () => void): number {
  const all = alertsIn(file);
  damage();
  return alertsIn(file) / all;
}

function change(file: string, work: (bytes: Buffer) => void): undefined {
  const bytes = readFileSync(file);
  work(bytes);
  writeFileSync(file, bytes);
  return undefined;
}

function replaceBytes(file: string, work: (bytes: Buffer) => readonly Buffer[]): void {
  writeFileSync(file, Buffer.concat(work(readFileSync(file))));
}

function sql(file: string, work: (db: DatabaseSync) => void): undefined {
  const db = new DatabaseSync(file);
  try {
    work(db);
  } finally {
    db.close();
  }
  if (existsSync(`${file}-wal`)) throw new Error("the log is not in the database");
  return undefined;
}

function flip(bytes: Buffer, random: Random, count: number, from: number, to: number): void {
  for (let i = 0; i < count; i++) {
    const at = from + random.below(to - from);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
}

function flipIn(bytes: Buffer, random: Random, count: number, page: number): void {
  flip(bytes, random, count, page * PAGE, (page + 1) * PAGE);
}

/** Returns the indexes of pages. */
function pagesOf(bytes: Buffer, isWanted: (page: Buffer) => boolean): number[] {
  const found: number[] = [];
  for (let page = 1; page < bytes.length / PAGE; page++)
    if (isWanted(bytes.subarray(page * PAGE, (page + 1) * PAGE))) found.push(page);
  return found;
}
