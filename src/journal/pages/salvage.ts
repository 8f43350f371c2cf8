import { closeSync, openSync, readSync } from "node:fs";
import type { Entry } from "../../alert/entry.ts";
import { wordColumns, wordKinds } from "../columns.ts";
import { copiedWord, type Decoder, decoderWith, type Row, wordIn } from "../decode.ts";
import { type Layout, layoutOf, MAX_SEQ, type TableLayout, VERSION } from "../schema.ts";
import { openImage, type PageImage } from "./image.ts";
import type { PageValue } from "./record.ts";
import { type Cell, entriesOfIndexPage, glanceAtLeaf, isIndexPage, rowsOfLeaf, rowsOfTable } from "./tree.ts";

/** An alert that was read from a damaged file. */
export interface SalvagedAlert {
  readonly seq: number;
  readonly id: Uint8Array;
  readonly entry: Entry;
}

/** Reads a damaged journal page by page, without SQLite. Alerts with a wrong checksum are not returned. */
export interface Salvage {
  /** Number of steps for {@link alerts}. Step numbers begin with 0. */
  readonly steps: number;
  /** The intact alerts of a step. The first steps return the oldest alerts. An alert can be returned more than once. */
  alerts(step: number): readonly SalvagedAlert[];
  /** The largest sequence number in a step; infinity for the last step, whose alerts are in no order. */
  lastOf(step: number): number;
  /** The largest sequence number of an intact alert; 0 if there is none. */
  readonly newest: number;
  /** Sequence numbers of the damaged alerts that the completed steps found. */
  readonly damaged: ReadonlySet<number>;
  /** The readable rows of a table other than the alert table. Each row maps column names to values. */
  rows(table: string): readonly Row[];
  close(): void;
}

/** A leaf page of the alert table, with its largest sequence number. */
interface AlertPage {
  readonly image: PageImage;
  readonly number: number;
  readonly last: number;
}

/**
 * Numbers of columns of the tables `alert` and `word` in the first version of the schema. They are the minimum, since
 * later versions only add columns.
 */
const MIN_ALERT_COLUMNS = 22;
const MIN_WORD_COLUMNS = 3;
/**
 * Maximum number of entries without a word at the start of an index page; with more, the page belongs to another index.
 */
const MAX_OTHERS = 4;
/** Offsets in the file header. */
const FREE_LIST = 32;
const USER_VERSION = 60;

const kinds: ReadonlySet<unknown> = new Set([...Object.values(wordKinds), ...wordColumns.map(({ column }) => column)]);

/**
 * Opens a damaged journal.
 * @param log path of its write-ahead log, which may be missing
 * @throws file system errors
 */
export function openSalvage(file: string, log: string): Salvage {
  const image = openImage(file, log);
  const layout = layoutIn(image);
  const current = layoutOf(VERSION);
  const free = freePages(image);
  const words = new Map<bigint, string>();
  /** Rows of words whose checksum is wrong, and copies of words in the index of their table. */
  const damagedWords = new Map<bigint, Row>();
  const copies = new Map<bigint, Row>();
  const pages: AlertPage[] = [];
  const rest: Cell[] = [];

  function addWord(cell: Cell): void {
    if (!isWord(cell)) return;
    const row = rowIn(cell, tableOf(current, "word"));
    const text = wordIn(row);
    const id = BigInt(cell.rowid);
    if (text === undefined) damagedWords.set(id, row);
    else if (!words.has(id)) words.set(id, text);
  }

  /** Keeps the words of an index page. IDs are never reused, so the words in an outdated page are still correct. */
  function addCopies(page: Uint8Array, of: PageImage): void {
    let found = 0;
    let others = 0;
    for (const values of entriesOfIndexPage(page, of)) {
      const [kind, text, id] = values;
      if (values.length === 3 && kinds.has(kind) && typeof text === "string" && Number.isSafeInteger(Number(id))) {
        found++;
        copies.set(BigInt(Number(id)), { id: BigInt(Number(id)), kind, text });
      } else if (++others > MAX_OTHERS && found === 0) return; // a page of another index
    }
  }

  function addImage(of: PageImage): void {
    for (let number = 1; number <= of.last; number++) {
      const page = of === image && free.has(number) ? undefined : of.page(number);
      if (page !== undefined && isIndexPage(page)) addCopies(page, of);
      const leaf = page && glanceAtLeaf(page, of);
      if (page === undefined || leaf === undefined) continue;
      if (isAlert(leaf.first)) pages.push({ image: of, number, last: leaf.last });
      else if (isWord(leaf.first)) for (const cell of rowsOfLeaf(of.page(number) ?? page, of)) addWord(cell);
    }
  }

  addImage(image);
  const shifted = shiftedImages(file, log, image);
  for (const one of shifted) addImage(one);
  for (const page of image.rest()) {
    for (const cell of rowsOfLeaf(page, image)) {
      if (isAlert(cell)) rest.push(cell);
      else addWord(cell);
    }
  }
  for (const [id, copy] of copies) {
    const text = words.has(id) ? undefined : copiedWord(copy, damagedWords.get(id));
    if (text !== undefined) words.set(id, text);
  }
  copies.clear();
  damagedWords.clear();
  pages.sort((a, b) => a.last - b.last);
  const decoder = decoderWith((id) => words.get(id));
  const damaged = new Set<number>();
  const alertTable = tableOf(current, "alert");

  let newest: number | undefined;

  function alerts(step: number): readonly SalvagedAlert[] {
    const found = pages[step];
    const page = found?.image.page(found.number);
    const cells = found === undefined ? rest : page === undefined ? [] : rowsOfLeaf(page, found.image);
    return cells.filter(isAlert).flatMap((cell) => {
      const alert = alertIn(rowIn(cell, alertTable), decoder);
      if (alert === undefined) damaged.add(cell.rowid);
      return alert ?? [];
    });
  }

  /**
   * The largest sequence number of an alert whose checksum is correct: a damaged row can contain any number, and new
   * alerts get larger sequence numbers.
   */
  function newestIntact(): number {
    const largest = (step: number): number => alerts(step).reduce((most, { seq }) => Math.max(most, seq), 0);
    let intact = largest(pages.length);
    for (let i = pages.length - 1; i >= 0 && (pages[i]?.last ?? 0) > intact; i--) intact = Math.max(intact, largest(i));
    return intact;
  }

  return {
    steps: pages.length + 1,
    get newest() {
      newest ??= newestIntact();
      return newest;
    },
    damaged,
    alerts,
    lastOf: (step) => pages[step]?.last ?? Number.POSITIVE_INFINITY,
    rows(name) {
      const table = layout.get(name);
      const columns = current.get(name);
      if (table === undefined || columns === undefined) return [];
      return [...rowsOfTable(image, table.root)]
        .filter(({ values }) => values.length > 0 && values.length <= columns.columns.length)
        .map((cell) => rowIn(cell, columns));
    },
    close() {
      image.close();
      for (const one of shifted) one.close();
    },
  };
}

function alertIn(row: Row, decoder: Pick<Decoder, "alert" | "word">): SalvagedAlert | undefined {
  const alert = decoder.alert(row);
  const output = row.output === null || row.output === undefined ? undefined : decoder.word(row.output);
  if (alert === undefined || !(row.id instanceof Uint8Array)) return undefined;
  if (!Number.isSafeInteger(alert.seq) || alert.seq > MAX_SEQ / 2) return undefined; // leaves room for new alerts
  return { seq: alert.seq, id: Buffer.from(row.id), entry: { ...alert, output } };
}

/** Whether a row may be from the alert table: the column after the key is a UUIDv7. */
function isAlert({ values, rowid }: Cell): boolean {
  const [key, id, time] = values;
  if (values.length < MIN_ALERT_COLUMNS || key !== null || rowid < 1 || !Number.isSafeInteger(rowid)) return false;
  if (!(id instanceof Uint8Array) || id.length !== 16 || ((id[6] ?? 0) & 0xf0) !== 0x70) return false;
  return typeof time === "bigint" || typeof time === "number";
}

function isWord({ values }: Cell): boolean {
  const [key, kind, text] = values;
  if (values.length < MIN_WORD_COLUMNS || values.length > MIN_WORD_COLUMNS + 1 || key !== null) return false;
  return kinds.has(kind) && typeof text === "string";
}

function rowIn({ rowid, values }: Cell, { columns, key }: TableLayout): Row {
  const row: Record<string, PageValue | undefined> = {};
  for (const [i, name] of columns.entries()) row[name] = values[i] ?? null;
  if (key !== undefined) row[key] = rowid;
  return row;
}

function tableOf(layout: Layout, name: string): TableLayout {
  const table = layout.get(name);
  if (table === undefined) throw new Error(`the journal has no table ${name}`);
  return table;
}

/**
 * The root pages of the tables, read from the schema table in the file. If the schema table is damaged, uses the root
 * pages of a new journal of the same version.
 */
function layoutIn(image: PageImage): Layout {
  const header = image.page(1);
  const version = header === undefined ? VERSION : Buffer.from(header).readUInt32BE(USER_VERSION);
  const layout = new Map(layoutOf(version >= 1 && version <= VERSION ? version : VERSION));
  for (const { values } of rowsOfTable(image, 1)) {
    const [type, name, , root] = values;
    const known = typeof name === "string" ? layout.get(name) : undefined;
    if (type !== "table" || known === undefined || typeof name !== "string") continue;
    if (typeof root === "number" && root > 1) layout.set(name, { ...known, root });
  }
  return layout;
}

/** Numbers of the unused pages, which may contain deleted alerts. Empty if the free list is damaged. */
function freePages(image: PageImage): ReadonlySet<number> {
  const free = new Set<number>();
  const first = image.page(1);
  if (first === undefined) return free;
  const header = Buffer.from(first);
  const count = header.readUInt32BE(FREE_LIST + 4);
  let trunk = header.readUInt32BE(FREE_LIST);
  while (trunk !== 0) {
    const page = free.has(trunk) ? undefined : image.page(trunk);
    if (page === undefined) return new Set();
    free.add(trunk);
    const bytes = Buffer.from(page);
    const leaves = bytes.readUInt32BE(4);
    if (leaves > bytes.length / 4 - 2) return new Set();
    for (let i = 0; i < leaves; i++) free.add(bytes.readUInt32BE(8 + 4 * i));
    trunk = bytes.readUInt32BE(0);
  }
  return free.size === count ? free : new Set();
}

/** Page images for a file in which pages are shifted, because bytes were removed or inserted. */
function shiftedImages(file: string, log: string, { pageSize }: PageImage): PageImage[] {
  const counts = new Map<number, number>();
  for (const at of leafOffsets(file, pageSize)) {
    const shift = at % pageSize;
    if (shift !== 0) counts.set(shift, (counts.get(shift) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= MIN_SHIFTED)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_SHIFTS)
    .map(([shift]) => openImage(file, log, shift));
}

/** Minimum number of leaf pages with the same offset from a page boundary from which a shift is assumed. */
const MIN_SHIFTED = 2;
/** Maximum number of different shifts to read. */
const MAX_SHIFTS = 4;
/** Size of a read, in bytes. */
const CHUNK = 1 << 20;
/** First bytes of a leaf page that has no free space between rows. */
const LEAF = Buffer.from([0x0d, 0, 0, 0]);
const LEAF_HEADER = 8;

/** Offsets in a file at which a leaf page may begin. */
function* leafOffsets(file: string, pageSize: number): Generator<number> {
  const descriptor = openSync(file, "r");
  try {
    const chunk = Buffer.alloc(CHUNK + LEAF_HEADER);
    for (let base = 0; ; base += CHUNK) {
      const length = readSync(descriptor, chunk, 0, chunk.length, base);
      if (length <= LEAF_HEADER) return;
      const bytes = chunk.subarray(0, length);
      for (let at = bytes.indexOf(LEAF); at >= 0 && at < CHUNK; at = bytes.indexOf(LEAF, at + 1)) {
        if (at + LEAF_HEADER > length) break;
        const cells = bytes.readUInt8(at + 4);
        const content = bytes.readUInt16BE(at + 5);
        if (cells > 0 && content >= LEAF_HEADER + 2 * cells && content < pageSize) yield base + at;
      }
    }
  } finally {
    closeSync(descriptor);
  }
}
