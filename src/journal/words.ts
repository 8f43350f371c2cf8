import type { DatabaseSync } from "node:sqlite";
import { BoundedMap } from "./bounded-map.ts";
import { wordChecksum } from "./checksum.ts";
import { wordKinds } from "./columns.ts";

/** The table `word`: strings that many alerts share, with their IDs. */
export interface Words {
  /** Returns the ID of a string. A new string is inserted. */
  number(kind: string, text: string): number;
  /** The ID of a string; undefined if the string is not stored. */
  find(kind: string, text: string): number | undefined;
  /** The string with this ID; undefined if there is none. */
  text(number: number): string | undefined;
  /** Deletes a string. */
  remove(number: number): void;
  /** Increases whenever cached IDs of field name lists and tag lists may become invalid. */
  readonly version: number;
  /** Clears the caches after a rollback. */
  forget(): void;
}

/** Maximum number of cached strings of each kind. */
const REMEMBERED = 20_000;

export function openWords(db: DatabaseSync): Words {
  const find = db.prepare("SELECT id FROM word WHERE kind = ? AND text = ?");
  const textOf = db.prepare("SELECT text FROM word WHERE id = ?");
  const add = db.prepare("INSERT INTO word (kind, text) VALUES (?, ?)");
  const seal = db.prepare("UPDATE word SET checksum = ? WHERE id = ?");
  const drop = db.prepare("DELETE FROM word WHERE id = ? RETURNING kind, text");
  const known = new Map<string, BoundedMap<number>>();
  let version = 0;

  function forget(): void {
    known.clear();
    version++;
  }

  function idOf(kind: string, text: string): number | undefined {
    const id = find.get(kind, text)?.id;
    return id === undefined ? undefined : Number(id);
  }

  function insert(kind: string, text: string): number {
    const id = Number(add.run(kind, text).lastInsertRowid);
    seal.run(wordChecksum(id, kind, text), id);
    return id;
  }

  return {
    number(kind, text) {
      let ofKind = known.get(kind);
      if (ofKind === undefined) {
        ofKind = new BoundedMap(REMEMBERED);
        known.set(kind, ofKind);
      }
      const before = ofKind.get(text);
      if (before !== undefined) return before;
      const number = idOf(kind, text) ?? insert(kind, text);
      ofKind.set(text, number);
      return number;
    },
    find: (kind, text) => known.get(kind)?.get(text) ?? idOf(kind, text),
    text(number) {
      const text = textOf.get(number)?.text;
      return text === undefined ? undefined : String(text);
    },
    remove(number) {
      const { kind, text } = drop.get(number) ?? {};
      known.get(String(kind))?.delete(String(text));
      if (kind === wordKinds.shape || kind === wordKinds.tags || kind === wordKinds.tag) version++;
    },
    get version() {
      return version;
    },
    forget,
  };
}
