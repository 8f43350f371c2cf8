import type { PageImage } from "./image.ts";
import { type PageValue, recordIn, type Varint, varint } from "./record.ts";

/** A row in a b-tree page. */
export interface Cell {
  /** The rowid; 0 in a table without rowid. */
  readonly rowid: number;
  readonly values: readonly PageValue[];
}

/** Types of b-tree pages (section 1.6). */
const TABLE_LEAF = 0x0d;
const TABLE_INTERIOR = 0x05;
const INDEX_LEAF = 0x0a;
const INDEX_INTERIOR = 0x02;
/** Size in bytes of the file header at the beginning of the first page. */
const FILE_HEADER = 100;

/** Whether a page may be a leaf page of a table. */
export function isTableLeaf(page: Uint8Array): boolean {
  return page[0] === TABLE_LEAF;
}

/**
 * The readable rows of a leaf page; empty if the page is not a leaf of a table.
 * @param image the database, with the overflow pages of long rows
 */
export function rowsOfLeaf(page: Uint8Array, image: PageImage): Cell[] {
  if (!isTableLeaf(page)) return [];
  const bytes = Buffer.from(page); // reads of other pages overwrite the original
  return cellsAt(bytes, 0).flatMap((at) => tableCell(bytes, at, image) ?? []);
}

/** The first readable row of a leaf page, and its largest rowid. */
export function glanceAtLeaf(
  page: Uint8Array,
  image: PageImage,
): { readonly first: Cell; readonly last: number } | undefined {
  if (!isTableLeaf(page)) return undefined;
  const bytes = Buffer.from(page);
  const offsets = cellsAt(bytes, 0);
  let last = 0;
  for (const at of offsets) last = Math.max(last, unlessOutside(() => rowidAt(bytes, at).value) ?? 0);
  for (const at of offsets) {
    const [first] = tableCell(bytes, at, image) ?? [];
    if (first !== undefined) return { first, last };
  }
  return undefined;
}

/** Whether a page may be a page of an index. */
export function isIndexPage(page: Uint8Array): boolean {
  return page[0] === INDEX_LEAF || page[0] === INDEX_INTERIOR;
}

/** The readable entries of an index page, in order; empty if the page is not an index page. */
export function* entriesOfIndexPage(page: Uint8Array, image: PageImage): Generator<readonly PageValue[]> {
  if (!isIndexPage(page)) return;
  const bytes = Buffer.from(page); // reads of other pages overwrite the original
  const start = bytes[0] === INDEX_INTERIOR ? 4 : 0;
  for (const at of cellsAt(bytes, 0)) for (const { values } of indexCell(bytes, at + start, image) ?? []) yield values;
}

/** The readable rows of a table, beginning at its root page. Damaged pages are skipped. */
export function* rowsOfTable(image: PageImage, root: number): Generator<Cell> {
  const visited = new Set<number>();
  const stack = [root];
  for (let number = stack.pop(); number !== undefined; number = stack.pop()) {
    const found = visited.has(number) ? undefined : image.page(number);
    if (found === undefined) continue;
    visited.add(number);
    const page = Buffer.from(found);
    const start = number === 1 ? FILE_HEADER : 0;
    const type = page[start];
    const cells = cellsAt(page, start);
    if (type === TABLE_LEAF) for (const at of cells) yield* tableCell(page, at, image) ?? [];
    if (type === INDEX_LEAF) for (const at of cells) yield* indexCell(page, at, image) ?? [];
    if (type !== TABLE_INTERIOR && type !== INDEX_INTERIOR) continue;
    stack.push(page.readUInt32BE(start + 8));
    for (const at of cells.reverse()) {
      if (at + 4 > page.length) continue;
      stack.push(page.readUInt32BE(at));
      if (type === INDEX_INTERIOR) yield* indexCell(page, at + 4, image) ?? [];
    }
  }
}

/** Offsets of the cells in a page. */
function cellsAt(page: Buffer, start: number): number[] {
  const type = page[start] ?? 0;
  const head = start + (type === TABLE_INTERIOR || type === INDEX_INTERIOR ? 12 : 8);
  const most = Math.min(page.readUInt16BE(start + 3), Math.floor((page.length - head) / 2));
  const offsets: number[] = [];
  for (let i = 0; i < most; i++) {
    const at = page.readUInt16BE(head + 2 * i);
    if (at >= head && at < page.length) offsets.push(at);
  }
  return offsets;
}

/** The row in a cell; undefined if the cell is damaged. */
function tableCell(page: Buffer, at: number, image: PageImage): Cell[] | undefined {
  return unlessOutside(() => {
    const size = varint(page, at);
    const rowid = rowidAt(page, at);
    const values = recordIn(payloadAt(page, rowid.end, size.value, page.length - 35, image));
    return [{ rowid: rowid.value, values }];
  });
}

/** The rowid in a cell, and the offset after it. */
function rowidAt(page: Buffer, at: number): Varint {
  return varint(page, varint(page, at).end);
}

function indexCell(page: Buffer, at: number, image: PageImage): Cell[] | undefined {
  return unlessOutside(() => {
    const size = varint(page, at);
    const most = Math.floor(((page.length - 12) * 64) / 255) - 23;
    return [{ rowid: 0, values: recordIn(payloadAt(page, size.end, size.value, most, image)) }];
  });
}

/** Maximum size of a row, in bytes. */
const MAX_PAYLOAD = 64_000_000;

/**
 * The bytes of a row, from its page and from overflow pages.
 * @param most maximum number of bytes in the page itself
 * @throws RangeError if the row is too long or incomplete
 */
function payloadAt(page: Buffer, at: number, size: number, most: number, image: PageImage): Uint8Array {
  if (size > MAX_PAYLOAD || size > image.last * image.pageSize) throw new RangeError("the row is too long");
  if (size <= most) {
    if (at + size > page.length) throw new RangeError("the row exceeds its page");
    return page.subarray(at, at + size);
  }
  const least = Math.floor(((page.length - 12) * 32) / 255) - 23;
  const rest = least + ((size - least) % (page.length - 4));
  const local = rest <= most ? rest : least;
  if (at + local + 4 > page.length) throw new RangeError("the row exceeds its page");
  const parts: Uint8Array[] = [page.subarray(at, at + local)];
  let left = size - local;
  let next = page.readUInt32BE(at + local);
  while (left > 0) {
    const overflow = image.page(next);
    if (overflow === undefined) throw new RangeError("an overflow page is missing");
    const own = Buffer.from(overflow);
    parts.push(own.subarray(4, 4 + Math.min(left, own.length - 4)));
    left -= own.length - 4;
    next = own.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function unlessOutside<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
