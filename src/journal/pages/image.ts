import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** The pages of a database, read from its file and its write-ahead log. */
export interface PageImage {
  readonly pageSize: number;
  /** Number of the last page. The first page has number 1. */
  readonly last: number;
  /** The current content of a page; undefined after the last page. Valid until the next call. */
  page(number: number): Uint8Array | undefined;
  /** Pages in the log that are not part of an intact transaction, for example from a damaged part of the log. */
  rest(): Iterable<Uint8Array>;
  close(): void;
}

/** Size in bytes of a write-ahead log header (SQLite file format, section 4.1). */
const LOG_HEADER = 32;
/** Size in bytes of a frame header. */
const FRAME_HEADER = 24;
/** Page size of journals, in bytes. It is assumed if the header is damaged. */
export const PAGE_SIZE = 4096;
const MAGIC = "SQLite format 3\0";

/** Offsets in the log: the current version of each page, and pages that are not part of an intact transaction. */
interface Log {
  readonly pages: ReadonlyMap<number, number>;
  readonly rest: readonly number[];
  readonly isBroken: boolean;
}

const noLog: Log = { pages: new Map(), rest: [], isBroken: false };

/**
 * Opens the pages of a database that may be damaged. Does not change or lock the files.
 * @param shift number of bytes that were inserted before the first page
 * @throws file system errors
 */
export function openImage(file: string, log: string, shift = 0): PageImage {
  const main = openSync(file, "r");
  let wal: number | undefined;
  try {
    wal = openSync(log, "r");
  } catch {
    // without a log, all pages are in the database file
  }
  const pageSize = pageSizeOf(main);
  const { pages, rest } = wal === undefined ? noLog : readLog(wal, pageSize);
  const buffer = Buffer.alloc(pageSize);
  const inFile = Math.floor((fstatSync(main).size - shift) / pageSize);
  let last = inFile;
  for (const number of pages.keys()) last = Math.max(last, number);

  function read(from: number, at: number): Uint8Array | undefined {
    return readSync(from, buffer, 0, pageSize, at) === pageSize ? buffer : undefined;
  }

  return {
    ...{ pageSize, last },
    page(number) {
      const inLog = wal === undefined ? undefined : pages.get(number);
      if (inLog !== undefined && wal !== undefined) return read(wal, inLog);
      return number < 1 || number > inFile ? undefined : read(main, shift + (number - 1) * pageSize);
    },
    *rest() {
      for (const at of rest) {
        const page = wal === undefined ? undefined : read(wal, at);
        if (page !== undefined) yield page;
      }
    },
    close() {
      closeSync(main);
      if (wal !== undefined) closeSync(wal);
    },
  };
}

/** The page size in the header if it is plausible, otherwise the default. */
function pageSizeOf(file: number): number {
  const header = Buffer.alloc(100);
  if (readSync(file, header, 0, 100, 0) < 100 || header.toString("latin1", 0, 16) !== MAGIC) return PAGE_SIZE;
  const size = header.readUInt16BE(16);
  return size === 1 ? 65_536 : size >= 512 && (size & (size - 1)) === 0 ? size : PAGE_SIZE;
}

/**
 * Whether a log has committed transactions that SQLite ignores because an earlier frame is damaged. An incomplete
 * transaction at the end of the log is not damage.
 */
export function isLogBroken(log: string): boolean {
  let wal: number;
  try {
    wal = openSync(log, "r");
  } catch {
    return false;
  }
  try {
    return readLog(wal, PAGE_SIZE).isBroken;
  } finally {
    closeSync(wal);
  }
}

/** Reads a write-ahead log and finds the frames of committed transactions. */
function readLog(wal: number, pageSize: number): Log {
  const pages = new Map<number, number>();
  const rest: number[] = [];
  const header = Buffer.alloc(LOG_HEADER);
  const { size } = fstatSync(wal);
  if (readSync(wal, header, 0, LOG_HEADER, 0) < LOG_HEADER) return { pages, rest, isBroken: false };
  const magic = header.readUInt32BE(0);
  const isLittle = magic === 0x377f0682;
  let sum = checksum([0, 0], header, 0, 24, isLittle);
  const hasHeader =
    (isLittle || magic === 0x377f0683) &&
    header.readUInt32BE(8) === pageSize &&
    sum[0] === header.readUInt32BE(24) &&
    sum[1] === header.readUInt32BE(28);
  let isIntact = hasHeader;
  let isBroken = false;
  const salt = header.subarray(16, 24);
  const frame = Buffer.alloc(FRAME_HEADER + pageSize);
  let pending: [number, number][] = [];
  for (let at = LOG_HEADER; at + frame.length <= size; at += frame.length) {
    if (readSync(wal, frame, 0, frame.length, at) < frame.length) break;
    const isCommit = frame.readUInt32BE(4) !== 0;
    // Frames with another salt are left from before the log was last restarted.
    const isOfLog = !hasHeader || frame.subarray(8, 16).equals(salt);
    if (isIntact) {
      sum = checksum(sum, frame, 0, 8, isLittle);
      sum = checksum(sum, frame, FRAME_HEADER, frame.length, isLittle);
      isIntact = isOfLog && sum[0] === frame.readUInt32BE(16) && sum[1] === frame.readUInt32BE(20);
    }
    if (!isIntact) {
      if (isOfLog) rest.push(at + FRAME_HEADER);
      isBroken ||= isOfLog && isCommit;
      continue;
    }
    pending.push([frame.readUInt32BE(0), at + FRAME_HEADER]);
    if (!isCommit) continue;
    for (const [number, offset] of pending) pages.set(number, offset);
    pending = [];
  }
  rest.push(...pending.map(([, offset]) => offset));
  return { pages, rest, isBroken };
}

/** Updates the cumulative checksum of a write-ahead log (section 4.2) with more bytes. */
function checksum(
  [first, second]: readonly [number, number],
  bytes: Buffer,
  from: number,
  to: number,
  isLittle: boolean,
): readonly [number, number] {
  let a = first;
  let b = second;
  for (let at = from; at < to; at += 8) {
    a = (a + (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0;
    b = (b + (isLittle ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}
