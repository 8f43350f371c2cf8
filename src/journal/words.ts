import type { DatabaseSync } from "node:sqlite";

/** Texts that many alerts share, each with an ID. */
export interface Words {
  /** The ID of a text; new texts are inserted. */
  number(kind: string, text: string): number;
  /** Deletes a text. */
  remove(number: number): void;
  /** Clears its caches after a rollback. */
  forget(): void;
}

/** Maximum cached texts of each kind. */
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
