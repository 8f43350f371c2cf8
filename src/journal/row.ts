import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type Entry, plainValue } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import { BoundedMap } from "./bounded-map.ts";
import { rowChecksum } from "./checksum.ts";
import { type WordColumn, wordColumns, wordKinds } from "./columns.ts";
import { type Fill, filler } from "./message.ts";
import { facet, priorityFacet, searchText } from "./search-text.ts";
import type { Words } from "./words.ts";

/** Inserts alerts into the tables. */
export interface Rows {
  /**
   * Inserts an alert.
   * @returns the values of the row: sequence number, ID, time, priority, then the word columns in order
   */
  insert(seq: number, id: Uint8Array, entry: Entry): readonly SQLInputValue[];
  /** Clears the caches after a rollback. */
  forget(): void;
}

/** Data that alerts with the same field names share. */
interface Shape {
  readonly word: number;
  /**
   * For each word column, the index of its field in the values of an alert; -1 if the alert does not have the field.
   */
  readonly places: readonly number[];
}

/** Number of columns of the alert table before the word columns. */
const HEAD = 4;
/** Maximum number of entries in each cache: lists of field names, outputs, and tag lists. */
const REMEMBERED = 5000;

export function openRows(db: DatabaseSync, words: Words): Rows {
  const columns = ["seq", "id", "time", "priority", ...wordColumns.map(({ column }) => column)].concat([
    "tags",
    "shape",
    "values",
    "output",
    "message",
    "received",
    "checksum",
  ]);
  const alert = db.prepare(
    `INSERT INTO alert (${columns.map((name) => `"${name}"`).join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  const search = db.prepare("INSERT INTO search (rowid, words) VALUES (?, ?)");
  const shapes = new BoundedMap<Shape>(REMEMBERED);
  const fills = new BoundedMap<Fill>(REMEMBERED);
  const tagLists = new BoundedMap<{ readonly word: number; readonly facets: string }>(REMEMBERED);
  let version = words.version;

  function forget(): void {
    shapes.clear();
    tagLists.clear();
    version = words.version;
  }

  function shapeOf(names: readonly string[], text: string): Shape {
    const places = wordColumns.map(({ field }) => (field === undefined ? -1 : names.indexOf(field)));
    return { word: words.number(wordKinds.shape, text), places };
  }

  return {
    insert(seq, id, entry) {
      if (version !== words.version) forget();
      const { tags, time, message, output, names, values } = entry;
      const priority = priorities.indexOf(entry.priority);
      const shapeText = names.join("\n");
      const shape = remember(shapes, shapeText, () => shapeOf(names, shapeText));
      const tagText = tags.join("\n");
      const tagList = remember(tagLists, tagText, () => ({
        word: words.number(wordKinds.tags, tagText),
        facets: tags.map((tag) => ` ${facet(words.number(wordKinds.tag, tag))}`).join(""),
      }));
      let facets = priorityFacet(priority) + tagList.facets;
      const row: SQLInputValue[] = [seq, id, time, priority];
      for (const [i, column] of wordColumns.entries()) {
        const text = wordOf(column, entry, shape.places[i] ?? -1);
        const word = text === undefined ? null : words.number(column.column, text);
        if (word !== null) facets += ` ${facet(word)}`;
        row.push(word);
      }
      const follows = output !== undefined && fillOf(output, names, shapeText)(values) === message;
      const outputWord = follows ? words.number(wordKinds.output, output) : null;
      const last = {
        tags: tagList.word,
        shape: shape.word,
        values: values.join("\n"),
        output: outputWord,
        message: follows ? null : message,
        received: entry.received ? 1 : null,
      };
      const [rule, source, hostname] = row.slice(HEAD);
      const checksum = rowChecksum({ seq, id, time, priority, rule, source, hostname, ...last });
      alert.run(...row, ...Object.values(last), checksum);
      if (outputWord !== null) facets += ` ${facet(outputWord)}`;
      search.run(seq, `${facets} ${searchText(follows ? undefined : message, names, values)}`);
      return row;
    },
    forget,
  };

  function fillOf(output: string, names: readonly string[], shape: string): Fill {
    return remember(fills, `${output}\n\n${shape}`, () => filler(output, names));
  }
}

function remember<T>(known: BoundedMap<T>, key: string, make: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}

/** The value of an alert for a word column, as text; undefined if there is no value. */
function wordOf({ column, field }: WordColumn, entry: Entry, place: number): string | undefined {
  if (field !== undefined) return place < 0 ? undefined : plainValue(entry.values[place]);
  return column === "rule" ? entry.rule : column === "source" ? entry.source : entry.hostname;
}
