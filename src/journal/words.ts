import type { DatabaseSync } from "node:sqlite";

/** Texts that many alerts share, each with a number. */
export interface Words {
  /** The number of a text; a new text gets one. */
  number(kind: string, text: string): number;
  /** Deletes a text. */
  remove(number: number): void;
  /** Clears its caches, after a transaction that was rolled back. */
  forget(): void;
}

/** Texts of each kind that are cached. */
const REMEMBERED = 20_000;

export function openWords(db: DatabaseSync): Words {
  const find = db.prepare("SELECT id FROM word WHERE kind = ? AND text = ?");
  const add = db.prepare("INSERT INTO word (kind, text) VALUES (?, ?)");
  const drop = db.prepare("DELETE FROM word WHERE id = ?");
  const known = new Map<string, Map<string, number>>();
  return {
    number(kind, text) {
      const ofKind = known.get(kind) ?? new Map<string, number>();
      known.set(kind, ofKind);
      const before = ofKind.get(text);
      if (before !== undefined) return before;
      const found = find.get(kind, text)?.id;
      const number = Number(found ?? add.run(kind, text).lastInsertRowid);
      if (ofKind.size >= REMEMBERED) ofKind.clear();
      ofKind.set(text, number);
      return number;
    },
    remove(number) {
      drop.run(number);
      known.clear();
    },
    forget() {
      known.clear();
    },
  };
}
