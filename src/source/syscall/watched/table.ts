import { Buffer } from "node:buffer";

/**
 * Offsets of the tables of watched objects in `settings` of probe/record.h: one bit per hash of a name or inode number;
 * objects with inode number, device, name hash and offset of the path; and the paths.
 */
export const watchedLayout = {
  watching: 0,
  bits: 8,
  objects: 8 + 8192,
  texts: 8 + 8192 + 1024 * 16,
  size: 8 + 8192 + 1024 * 16 + 0x8000,
} as const;

const MAX_OBJECTS = 1024;
/** Maximum number of used entries. Half of the entries stay empty, so that searches are short. */
const USED_OBJECTS = MAX_OBJECTS / 2;
const PROBES = 8;
const MAX_TEXTS = 0x8000;
/** Number of bytes of a path that the probe copies, including its NUL. */
const MAX_TEXT = 256;

/** Name hash of an object that is recognized only by its inode number. */
const ANY_NAME = 0;

/** Value of `watching` if rules require the real paths of all opened files, not only of watched files. */
const EVERY_FILE = 2;

/** A watched file or directory. `device` is the device of its superblock. */
export interface WatchedObject {
  readonly inode: bigint;
  readonly device: number;
  /** Path to report, as a byte string. */
  readonly path: string;
  /**
   * Name that the object with this inode number must have (the last component of its real path), as a byte string; ""
   * if the inode number cannot be reused, so that any name is accepted.
   */
  readonly name: string;
  /**
   * Whether opening the object, or a file in it, is reported. If not, the object is used only for the paths of other
   * reported files.
   */
  readonly reported: boolean;
}

export interface WatchedTables {
  readonly every: boolean;
  /** Names of files, and of directories whose files are watched, as byte strings. */
  readonly names: Iterable<string>;
  readonly objects: Iterable<WatchedObject>;
}

/** Returns the tables as bytes, and the number of objects that did not fit. */
export function watchedBytes({ every, names, objects }: WatchedTables): {
  bytes: Uint8Array;
  left: number;
} {
  const bytes = new Uint8Array(watchedLayout.size);
  const view = new DataView(bytes.buffer);
  const setBit = (hash: number) => {
    const at = watchedLayout.bits + (hash >> 3);
    view.setUint8(at, view.getUint8(at) | (1 << (hash & 7)));
  };
  let watching = every ? EVERY_FILE : 0;
  for (const name of names) {
    setBit(nameHash(name));
    watching ||= 1;
  }
  let [used, textEnd, left] = [0, 1, 0];
  for (const { inode, device, path, name, reported } of objects) {
    if (reported) {
      setBit(inodeHash(inode));
      watching ||= 1;
    }
    const place = used < USED_OBJECTS ? freeSlot(view, inode, device) : undefined;
    if (place === "known") continue;
    if (place === undefined || path.length >= MAX_TEXT || textEnd + path.length + 1 > MAX_TEXTS) {
      left++;
      continue;
    }
    used++;
    view.setBigUint64(place, inode, true);
    view.setUint32(place + 8, device, true);
    view.setUint16(place + 12, name === "" ? ANY_NAME : nameHash(name), true);
    view.setUint16(place + 14, textEnd, true);
    bytes.set(Buffer.from(path, "latin1"), watchedLayout.texts + textEnd);
    textEnd += path.length + 1;
  }
  view.setUint32(watchedLayout.watching, watching, true);
  return { bytes, left };
}

/**
 * Returns the offset of a free entry for an object; "known" if the object already has an entry; undefined if the
 * entries for its hash are in use.
 */
function freeSlot(view: DataView, inode: bigint, device: number): number | "known" | undefined {
  const hash = inodeHash(inode);
  for (let i = 0; i < PROBES; i++) {
    const at = watchedLayout.objects + ((hash + i) % MAX_OBJECTS) * 16;
    const there = view.getBigUint64(at, true);
    if (there === 0n) return at;
    if (there === inode && view.getUint32(at + 8, true) === device) return "known";
  }
  return undefined;
}

/** Computes `hash_inode` of probe/object.h. */
export function inodeHash(inode: bigint): number {
  return upper16(inode * 0x9e3779b97f4a7c15n);
}

/** Computes the hash of a name in the same way as `hash_of_name` in probe/object.h: 0 for names of 32 bytes or more. */
export function nameHash(name: string): number {
  if (name.length >= 32) return 0;
  const padded = new DataView(new ArrayBuffer(16));
  for (let i = 0; i < Math.min(name.length, 16); i++) padded.setUint8(i, name.charCodeAt(i));
  return upper16(
    padded.getBigUint64(0, true) * 0xbf58476d1ce4e5b9n +
      padded.getBigUint64(8, true) * 0x94d049bb133111ebn +
      BigInt(name.length) * 0x9e3779b97f4a7c15n,
  );
}

function upper16(product: bigint): number {
  return Number(BigInt.asUintN(64, product) >> 48n);
}
