import { randomFillSync, randomInt } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import type { Entry } from "../alert/entry.ts";
import { bytesOf } from "./append.ts";
import { ID_BYTES } from "./id.ts";
import { LEAST_MAX_SIZE } from "./retention.ts";

/** Maximum size of the file, in bytes. */
const MAX_BYTES = 4 << 20;
/** Fraction of the journal's size limit that the file may use. */
const SHARE = 1 / 32;
/** Fraction of the file that is available to alerts of frequent rules. */
const COMMON_SHARE = 0.75;
/** Size of the blocks of random data that allocate the file, in bytes. */
const BLOCK = 65_536;
/** The file is allocated only if the free space of the disk is at least this multiple of its size. */
const FREE = 2;
/** Delay before a failed allocation is retried, in milliseconds. */
const RETRY = 60_000;
/** Codes of errors that mean that there is no file of this program at the path. */
const NO_FILE: ReadonlySet<unknown> = new Set(["ENOENT", "ELOOP", "EISDIR", "ENXIO"]);
const MAGIC = Buffer.from("EYASRSV1");
/** Size of the magic number and the generation. */
const HEADER = MAGIC.length + 4;
/** Size of the length and the checksum of a record. */
const PREFIX = 8;

/** Path of the reserve of a journal. */
export function reservePath(journal: string): string {
  return `${journal}.reserve`;
}

/**
 * Size of the reserve of a journal, in bytes.
 * @param maxSize size limit of the journal in bytes; 0 if there is none
 */
export function reserveBytes(maxSize: number): number {
  return maxSize === 0 ? MAX_BYTES : Math.min(MAX_BYTES, Math.floor(Math.max(maxSize, LEAST_MAX_SIZE) * SHARE));
}

/** An alert in the reserve. */
export interface ReservedAlert {
  readonly entry: Entry;
  /** The ID under which the alert will be written to the journal. */
  readonly id: Uint8Array;
}

/** The content of a reserve. */
export interface ReserveContent {
  /** The alerts in the order in which they were added. */
  readonly alerts: readonly ReservedAlert[];
  /** Number of alerts that cannot be read, because another version of the program wrote them in an unknown form. */
  readonly unreadable: number;
}

const nothing: ReserveContent = { alerts: [], unreadable: 0 };

/**
 * A file beside the journal whose space was allocated in advance. While the disk is full, alerts that wait in memory are
 * also written to this file, so that they are not lost if the process is killed.
 *
 * The file contains a header (magic number and generation) and records: length, checksum, ID, alert. All numbers are
 * 32-bit little endian. Reading stops at the first record with a wrong checksum. The checksum depends on the generation,
 * which changes when the file is emptied. Methods do not throw.
 */
export class Reserve {
  private readonly path: string;
  /** Intended size. */
  private wanted: number;
  private descriptor: number | undefined;
  /** Size of the open file, in bytes; 0 if no file is open. */
  bytes = 0;
  private generation = 0;
  /** Position after the last record. */
  private end = HEADER;
  private mustSync = false;
  private retryAt = 0;

  /**
   * @param journal path of the journal
   * @param maxSize size limit of the journal in bytes; 0 if there is none
   */
  constructor(journal: string, maxSize: number) {
    this.path = reservePath(journal);
    this.wanted = reserveBytes(maxSize);
  }

  /** Sets another limit. It takes effect in the next call of {@link prepare} while the reserve is empty. */
  resize(maxSize: number): void {
    this.wanted = reserveBytes(maxSize);
  }

  /** Opens the file if there is one. @returns its content; undefined if it cannot be read at the moment */
  open(): ReserveContent | undefined {
    this.close();
    let descriptor: number | undefined;
    try {
      descriptor = openSync(this.path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const content = contentOf(descriptor);
      if (content === undefined) {
        closeSync(descriptor);
        return nothing;
      }
      fchmodSync(descriptor, 0o600);
      const generation = content.readUInt32LE(MAGIC.length);
      const { end, ...found } = recordsIn(content, generation);
      Object.assign(this, { descriptor, generation, end, bytes: content.length });
      return found;
    } catch (error) {
      if (descriptor !== undefined) closeQuietly(descriptor);
      return error instanceof Error && "code" in error && NO_FILE.has(error.code) ? nothing : undefined;
    }
  }

  /**
   * Allocates the file if it is missing, was replaced or has another size. Does nothing while it contains alerts. The
   * previous file is used until the new file is complete.
   */
  prepare(): void {
    if (this.end > HEADER || performance.now() < this.retryAt || this.isReady()) return;
    this.retryAt = performance.now() + RETRY;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.path));
      if (bavail * bsize < this.wanted * FREE) return;
      const descriptor = allocate(`${this.path}.new`, this.wanted);
      this.close();
      this.descriptor = descriptor;
      this.bytes = this.wanted;
      this.begin(descriptor);
      fsyncSync(descriptor);
      renameSync(`${this.path}.new`, this.path);
      this.retryAt = 0;
    } catch {
      this.close();
      removeQuietly(`${this.path}.new`);
    }
  }

  /**
   * Adds an alert.
   * @param isCommon whether the alert may not use the last part of the file
   * @returns whether there was space
   */
  add({ entry, id }: ReservedAlert, isCommon: boolean): boolean {
    const { descriptor, end } = this;
    if (descriptor === undefined) return false;
    try {
      const body = Buffer.concat([id, serialize(entry)]);
      const next = end + PREFIX + body.length;
      if (next > this.bytes * (isCommon ? COMMON_SHARE : 1)) return false;
      const record = Buffer.alloc(PREFIX + body.length);
      record.writeUInt32LE(body.length, 0);
      record.writeUInt32LE(crc32(body, this.generation), 4);
      body.copy(record, PREFIX);
      if (writeSync(descriptor, record, 0, record.length, end) < record.length) return false;
      this.end = next;
      this.mustSync = true;
      return true;
    } catch {
      return false; // for example, the file system needs new blocks for each write
    }
  }

  /** Waits until added alerts are on disk. */
  sync(): void {
    if (!this.mustSync || this.descriptor === undefined) return;
    this.mustSync = false;
    try {
      fdatasyncSync(this.descriptor);
    } catch {
      // the alerts are still in memory
    }
  }

  /** Removes all alerts. */
  clear(): void {
    if (this.end === HEADER || this.descriptor === undefined) return;
    try {
      this.begin(this.descriptor);
      fdatasyncSync(this.descriptor);
    } catch {
      this.close();
      removeQuietly(this.path);
    }
  }

  close(): void {
    if (this.descriptor !== undefined) closeQuietly(this.descriptor);
    this.descriptor = undefined;
    this.bytes = 0;
    this.end = HEADER;
  }

  /** Whether the open file has the intended size and is still at its path. */
  private isReady(): boolean {
    if (this.descriptor === undefined || this.bytes !== this.wanted) return false;
    try {
      const { ino, dev } = fstatSync(this.descriptor);
      const there = statSync(this.path, { throwIfNoEntry: false });
      return there?.ino === ino && there.dev === dev;
    } catch {
      return false;
    }
  }

  private begin(descriptor: number): void {
    this.generation = randomInt(2 ** 32);
    const header = Buffer.concat([MAGIC, Buffer.alloc(4)]);
    header.writeUInt32LE(this.generation, MAGIC.length);
    if (writeSync(descriptor, header, 0, HEADER, 0) < HEADER) throw new Error("no space");
    this.end = HEADER;
  }
}

/** Creates a file of `bytes` random bytes, because some file systems do not allocate blocks of zeros. */
function allocate(path: string, bytes: number): number {
  rmSync(path, { force: true, recursive: true });
  const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    const block = randomFillSync(Buffer.alloc(BLOCK));
    for (let at = 0; at < bytes; at += BLOCK) {
      const length = Math.min(BLOCK, bytes - at);
      if (writeSync(descriptor, block, 0, length, at) < length) throw new Error("no space");
    }
    return descriptor;
  } catch (error) {
    closeQuietly(descriptor);
    throw error;
  }
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // an error of an earlier write
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // the directory cannot be written
  }
}

/** The content of an opened file; undefined if the file was not written by this program, or has several hard links. */
function contentOf(descriptor: number): Buffer | undefined {
  const stat = fstatSync(descriptor);
  const { size } = stat;
  if (!stat.isFile() || stat.nlink !== 1 || size < HEADER || size > MAX_BYTES) return undefined;
  const content = Buffer.alloc(size);
  if (readSync(descriptor, content, 0, size, 0) < size) return undefined;
  return content.subarray(0, MAGIC.length).equals(MAGIC) ? content : undefined;
}

function recordsIn(content: Buffer, generation: number): ReserveContent & { readonly end: number } {
  const alerts: ReservedAlert[] = [];
  let unreadable = 0;
  let end = HEADER;
  while (end + PREFIX <= content.length) {
    const length = content.readUInt32LE(end);
    const body = content.subarray(end + PREFIX, end + PREFIX + length);
    if (length < ID_BYTES || body.length < length || crc32(body, generation) !== content.readUInt32LE(end + 4)) break;
    const entry = entryIn(body.subarray(ID_BYTES));
    if (entry === undefined) unreadable++;
    else alerts.push({ entry, id: Uint8Array.from(body.subarray(0, ID_BYTES)) });
    end += PREFIX + length;
  }
  return { alerts, unreadable, end };
}

/** Reads an alert; undefined if another version of the program wrote it in an unknown form. */
function entryIn(bytes: Buffer): Entry | undefined {
  try {
    const { background, ...entry }: Entry = deserialize(bytes);
    bytesOf(entry); // fails if important values are missing
    // Explanations are omitted: they refer to plans of the process that wrote the file.
    return { ...entry, ...(background && { background: { lineage: background.lineage } }) };
  } catch {
    return undefined;
  }
}
