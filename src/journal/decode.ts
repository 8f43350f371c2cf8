import type { DatabaseSync } from "node:sqlite";
import type { JournalAlert } from "../alert/entry.ts";
import { priorities } from "../rule/rule.ts";
import { type CheckedRow, rowChecksum, wordChecksum } from "./checksum.ts";
import { wordColumns } from "./columns.ts";
import { faultOf } from "./fault.ts";
import { ID_BYTES, idText } from "./id.ts";
import { type Fill, filler } from "./message.ts";

/** The values of a table row by column name. Integers are numbers or bigints. */
export type Row = Readonly<Record<string, unknown>>;

/** The columns that {@link openDecoder} needs. */
const decodedColumns = ["seq", "id", "time", "priority", "rule", "source", "hostname", "tags", "shape"].concat([
  ...["values", "output", "message", "received", "checksum"],
]);

/** The columns {@link decodedColumns} in SQL, for the table `alert a`. */
export const alertColumns = decodedColumns.map((name) => `a."${name}"`).join(", ");

/** Decodes rows of the alert table. */
export interface Decoder {
  /**
   * The alert in a row. Undefined if the row is damaged: the checksum is wrong, a referenced string is missing, or a
   * value is invalid.
   */
  alert(row: Row): JournalAlert | undefined;
  /** The string with this ID in the table `word`; "" if the ID is NULL, or the string is missing or damaged. */
  word(number: unknown): string;
  /** Number of strings whose row in the table `word` is damaged, and that were read from its index instead. */
  readonly restored: number;
}

/** Returns the string with this ID in the table `word`; undefined if the row is missing or damaged. */
export type FindWord = (id: bigint) => string | undefined;

/** Maximum number of cached strings. */
const REMEMBERED = 20_000;
/** Maximum total length of all cached strings, in characters. */
const CHARACTERS = 2_000_000;

/** Maximum number and total length, in characters, of the copies of strings that are kept. */
const COPIES = 200_000;
const COPIED_CHARACTERS = 8_000_000;
/** Minimum interval between two reads of the index, in milliseconds: strings may have been added since the last read. */
const READ_AGAIN = 60_000;

/**
 * Opens a decoder that reads the table `word` of a database. Thousands of alerts can share a string, so a damaged
 * string is read from the index of the table, which contains a copy.
 */
export function openDecoder(db: DatabaseSync): Decoder {
  const find = db.prepare("SELECT kind, text, checksum FROM word WHERE id = ?");
  const readCopies = db.prepare("SELECT id, kind, text FROM word INDEXED BY sqlite_autoindex_word_1");
  readCopies.setReadBigInts(true);
  let copies: ReadonlyMap<bigint, Row> | undefined;
  let readAt = 0;
  let restored = 0;

  /** The copies of all strings, which are read at the first damaged row. */
  function allCopies(): ReadonlyMap<bigint, Row> {
    const found = new Map<bigint, Row>();
    let characters = 0;
    rowUnlessDamaged(() => {
      for (const row of readCopies.iterate()) {
        characters += String(row.text).length;
        if (found.size >= COPIES || characters > COPIED_CHARACTERS) return;
        if (typeof row.id === "bigint") found.set(row.id, row);
      }
    });
    return found;
  }

  function findCopy(id: bigint, row: Row | undefined): string | undefined {
    const now = performance.now();
    if (copies === undefined || (!copies.has(id) && now - readAt > READ_AGAIN)) {
      copies = allCopies();
      readAt = now;
    }
    const copy = copies.get(id);
    const text = copy && copiedWord(copy, row);
    if (text !== undefined) restored++;
    return text;
  }

  const decoder = decoderWith((id) => {
    const row = rowUnlessDamaged(() => find.get(id));
    return (row && wordIn({ ...row, id })) ?? findCopy(id, row);
  });
  return {
    ...decoder,
    get restored() {
      return restored;
    },
  };
}

/** The string in a row of the table `word`; undefined if the row is damaged. */
export function wordIn({ id, kind, text, checksum }: Row): string | undefined {
  if (typeof text !== "string" || typeof kind !== "string") return undefined;
  const isWhole = checksum === null || checksum === undefined || Number(checksum) === wordChecksum(id, kind, text);
  return isWhole ? text : undefined;
}

/**
 * The string in an entry of the index of the table `word`, which is a copy of a damaged row. Undefined if the string
 * does not match the checksum of the row. If one bit of the checksum is wrong and both copies are the same, the
 * checksum is damaged.
 */
export function copiedWord({ id, kind, text }: Row, row: Row | undefined): string | undefined {
  if (typeof text !== "string" || typeof kind !== "string") return undefined;
  if (row === undefined || row.checksum === null || row.checksum === undefined) return text;
  const wrongBits = (Number(row.checksum) ^ wordChecksum(id, kind, text)) >>> 0;
  const isOneBit = (wrongBits & (wrongBits - 1)) === 0;
  return wrongBits === 0 || (isOneBit && row.kind === kind && row.text === text) ? text : undefined;
}

/** Opens a decoder that uses `find` to look up strings. */
export function decoderWith(find: FindWord): Omit<Decoder, "restored"> {
  const texts = new Map<bigint, string>();
  const lists = new Map<bigint, readonly string[]>();
  const fills = new Map<string, Fill>();
  let characters = 0;

  function known(number: unknown): string | undefined {
    const id = idIn(number);
    if (id === undefined) return undefined;
    const before = texts.get(id);
    if (before !== undefined) return before;
    const text = find(id);
    if (text === undefined) return undefined;
    characters += text.length;
    if (texts.size >= REMEMBERED || characters > CHARACTERS) {
      texts.clear();
      lists.clear();
      fills.clear();
      characters = text.length;
    }
    texts.set(id, text);
    return text;
  }

  function list(number: unknown): readonly string[] | undefined {
    const id = idIn(number);
    const before = id === undefined ? undefined : lists.get(id);
    if (before !== undefined || id === undefined) return before;
    const text = known(id);
    if (text === undefined) return undefined;
    const items = split(text);
    if (lists.size >= REMEMBERED) lists.clear();
    lists.set(id, items);
    return items;
  }

  function messageOf(
    { output, shape, message }: Row,
    names: readonly string[],
    values: readonly string[],
  ): string | undefined {
    if (output === null || output === undefined) return typeof message === "string" ? message : undefined;
    const key = `${output} ${shape}`;
    let fill = fills.get(key);
    if (fill === undefined) {
      const text = known(output);
      if (text === undefined) return undefined;
      if (fills.size >= REMEMBERED) fills.clear();
      fill = filler(text, names);
      fills.set(key, fill);
    }
    return fill(values);
  }

  function decoded(row: Row): JournalAlert | undefined {
    const { seq, id, time, priority, values: text, checksum } = row;
    if (!(id instanceof Uint8Array) || id.length !== ID_BYTES || typeof text !== "string") return undefined;
    if (typeof time !== "bigint" && typeof time !== "number") return undefined;
    if (!isWhole(row)) return undefined;
    const values = split(text);
    const [rule, source, hostname] = [known(row.rule), known(row.source), known(row.hostname)];
    const [tags, shape, level] = [list(row.tags), list(row.shape), priorities[Number(priority)]];
    // The text of a shape is also empty if the only field has an empty name.
    const names = shape?.length === 0 && values.length === 1 ? [""] : shape;
    if (rule === undefined || source === undefined || hostname === undefined || level === undefined) return undefined;
    if (tags === undefined || names === undefined || names.length !== values.length) return undefined;
    if ((checksum === null || checksum === undefined) && !areJson(values)) return undefined;
    const message = messageOf(row, names, values);
    if (message === undefined) return undefined;
    return {
      ...{ seq: Number(seq), id: idText(id), time: BigInt(time), priority: level, rule, source, hostname, tags },
      ...{ message, names, values },
      ...(Number(row.received ?? 0) === 1 && { received: true }),
    };
  }

  return {
    word: (number) => known(number) ?? "",
    alert(row) {
      try {
        return decoded(row);
      } catch {
        return undefined; // the row is damaged, since its values cannot be read
      }
    },
  };
}

/** Whether the checksum of a row is correct. Rows of earlier versions have no checksum and are accepted. */
function isWhole(row: Row): boolean {
  const { checksum } = row;
  if (checksum === null || checksum === undefined) return true;
  return Number(checksum) === rowChecksum({ ...emptyRow, ...row });
}

const emptyRow: CheckedRow = {
  ...{ seq: null, id: null, time: null, priority: null, rule: null, source: null, hostname: null, tags: null },
  ...{ shape: null, values: null, output: null, message: null, received: null },
};

/** Whether each string is valid JSON. */
function areJson(values: readonly string[]): boolean {
  try {
    for (const value of values) JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function idIn(number: unknown): bigint | undefined {
  if (typeof number === "bigint") return number;
  return typeof number === "number" && Number.isInteger(number) ? BigInt(number) : undefined;
}

/** Runs `work` and returns its result; undefined if damage of the database causes an error. Throws all other errors. */
export function rowUnlessDamaged<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (faultOf(error) !== "damaged") throw error;
    return undefined;
  }
}

function split(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}

/** The word column that stores a field or a property of alerts; undefined if there is none. */
export function columnNamed(name: string): string | undefined {
  return wordColumns.find(({ names }) => names.includes(name))?.column;
}
