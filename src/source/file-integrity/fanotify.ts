import { byteString } from "../../event/bytes.ts";
import { fanotifyInit, fanotifyMark, nameToHandle, readDescriptor } from "../syscall/libc.ts";

/** Event types (include/uapi/linux/fanotify.h). */
export const Fan = {
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  OPEN_EXEC: 0x1000,
  Q_OVERFLOW: 0x4000,
  EVENT_ON_CHILD: 0x0800_0000,
  RENAME: 0x1000_0000,
  ONDIR: 0x4000_0000,
} as const;

const Init = {
  CLOEXEC: 0x1,
  NONBLOCK: 0x2,
  UNLIMITED_MARKS: 0x20,
  REPORT_TID: 0x100,
  REPORT_FID: 0x200,
  REPORT_DFID_NAME: 0xc00,
  REPORT_TARGET_FID: 0x1000,
} as const;
const Mark = { ADD: 1, DONT_FOLLOW: 4, ONLYDIR: 8 } as const;
/** Types of the information records that follow an event: FAN_EVENT_INFO_TYPE_*. */
const Info = { FID: 1, DFID_NAME: 2, OLD_DFID_NAME: 10, NEW_DFID_NAME: 12 } as const;

/** Size of `struct fanotify_event_metadata`, and offset of the file handle in an information record, in bytes. */
const [METADATA, UNTIL_HANDLE] = [24, 12];
const MAX_HANDLE = 128;
const FILE_EVENTS = Fan.MODIFY | Fan.ATTRIB | Fan.CLOSE_WRITE;

/** A file handle (its type and bytes) as a string, for use as a key. */
export type Handle = string;

/** A directory entry: the handle of its directory, and its name. */
export interface DirectoryEntry {
  readonly directory: Handle;
  readonly name: string;
}

/** A fanotify(7) event. */
export interface FanEvent {
  /** Bits of {@link Fan}. */
  readonly mask: number;
  /** Thread ID in the PID namespace of this process; 0 if the thread is not visible in it. */
  readonly tid: number;
  /** File handle of the object. */
  readonly object: Handle | undefined;
  /** Directory entry of the object; for a rename, the old entry. */
  readonly place: DirectoryEntry | undefined;
  /** New directory entry after a rename. */
  readonly to: DirectoryEntry | undefined;
}

/** An open fanotify(7) group. */
export interface Fanotify {
  readonly fd: number;
  /** Whether the kernel reports a rename as one event with both names (since Linux 5.17). */
  readonly pairsRenames: boolean;
}

/**
 * Opens a group that reports directories, names and threads.
 * @returns the negated errno if the call fails, such as EPERM without CAP_SYS_ADMIN, or EINVAL before Linux 5.9
 */
export function openFanotify(): Fanotify | number {
  const flags =
    Init.CLOEXEC | Init.NONBLOCK | Init.UNLIMITED_MARKS | Init.REPORT_TID | Init.REPORT_FID | Init.REPORT_DFID_NAME;
  const fd = fanotifyInit(flags | Init.REPORT_TARGET_FID);
  if (fd >= 0) return { fd, pairsRenames: true };
  const EINVAL = 22;
  if (fd !== -EINVAL) return fd;
  const older = fanotifyInit(flags);
  return older < 0 ? older : { fd: older, pairsRenames: false };
}

/** Watches a directory and the files in it. @returns 0, or the negated errno */
export function watchDirectory({ fd, pairsRenames }: Fanotify, path: Uint8Array): number {
  const mask = FILE_EVENTS | Fan.CREATE | Fan.DELETE | movesOf(pairsRenames) | Fan.ONDIR | Fan.EVENT_ON_CHILD;
  return fanotifyMark(fd, Mark.ADD | Mark.DONT_FOLLOW | Mark.ONLYDIR, BigInt(mask), path);
}

/** Watches changes to the entries of a directory, but not to its files. @returns 0, or the negated errno */
export function watchNames({ fd, pairsRenames }: Fanotify, path: Uint8Array): number {
  const mask = Fan.CREATE | Fan.DELETE | movesOf(pairsRenames) | Fan.ONDIR;
  return fanotifyMark(fd, Mark.ADD | Mark.DONT_FOLLOW | Mark.ONLYDIR, BigInt(mask), path);
}

function movesOf(pairsRenames: boolean): number {
  return pairsRenames ? Fan.RENAME : Fan.MOVED_FROM | Fan.MOVED_TO;
}

/** Watches a file by inode, under all of its names. @returns 0, or the negated errno */
export function watchFile({ fd }: Fanotify, path: Uint8Array): number {
  return fanotifyMark(fd, Mark.ADD | Mark.DONT_FOLLOW, BigInt(FILE_EVENTS), path);
}

/** Watches executions of a file. @returns 0, or the negated errno */
export function watchExecution({ fd }: Fanotify, path: Uint8Array): number {
  return fanotifyMark(fd, Mark.ADD, BigInt(Fan.OPEN_EXEC), path);
}

/**
 * Returns the handle of a file in the form used in events; undefined if the file has no handle.
 * @param path path with a NUL at its end
 */
export function handleOf(path: Uint8Array): Handle | undefined {
  const found = lookUpHandle(path);
  return typeof found === "number" ? undefined : found;
}

/** Like {@link handleOf}, but returns a negated errno if the file has no handle. */
export function lookUpHandle(path: Uint8Array): Handle | number {
  const bytes = new Uint8Array(8 + MAX_HANDLE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAX_HANDLE, true);
  const result = nameToHandle(path, bytes);
  if (result < 0) return result;
  return byteString(bytes, 4, 8 + Math.min(view.getUint32(0, true), MAX_HANDLE));
}

/**
 * Reads and decodes the queued events.
 * @param buffer buffer for the read
 * @returns undefined if there are no events
 */
export function readEvents({ fd }: Fanotify, buffer: Uint8Array): FanEvent[] | undefined {
  const count = readDescriptor(fd, buffer);
  return count <= 0 ? undefined : decodeEvents(buffer.subarray(0, count));
}

/** Decodes the bytes that read(2) returned. */
export function decodeEvents(bytes: Uint8Array): FanEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: FanEvent[] = [];
  for (let at = 0; at + METADATA <= bytes.length; ) {
    const end = at + view.getUint32(at, true);
    if (end < at + METADATA || end > bytes.length) break;
    events.push(decodeEvent(bytes, view, at, end));
    at = end;
  }
  return events;
}

function decodeEvent(bytes: Uint8Array, view: DataView, from: number, end: number): FanEvent {
  let object: Handle | undefined;
  let place: DirectoryEntry | undefined;
  let to: DirectoryEntry | undefined;
  for (let at = from + view.getUint16(from + 6, true); at + UNTIL_HANDLE + 8 <= end; ) {
    const type = bytes[at];
    const length = view.getUint16(at + 2, true);
    if (length < UNTIL_HANDLE + 8 || at + length > end) break;
    const handle = at + UNTIL_HANDLE;
    const name = handle + 8 + view.getUint32(handle, true);
    if (name > at + length) break;
    const key = byteString(bytes, handle + 4, name);
    if (type === Info.FID) object = key;
    else if (type === Info.DFID_NAME || type === Info.OLD_DFID_NAME)
      place = { directory: key, name: untilNul(bytes, name, at + length) };
    else if (type === Info.NEW_DFID_NAME) to = { directory: key, name: untilNul(bytes, name, at + length) };
    at += length;
  }
  // The upper 32 bits of the mask contain none of the watched event types.
  return { mask: view.getUint32(from + 8, true), tid: view.getInt32(from + 20, true), object, place, to };
}

function untilNul(bytes: Uint8Array, from: number, end: number): string {
  const nul = bytes.indexOf(0, from);
  return byteString(bytes, from, nul < 0 || nul > end ? end : nul);
}
