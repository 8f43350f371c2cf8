import { Buffer } from "node:buffer";

/**
 * The tables of watched objects in `settings` of probe/record.h: a bit for each hash of a name or inode number, and for known
 * inodes their device, the hash of their name, and their path.
 */
export const watchedLayout = {
  watching: 0,
  bits: 8,
  objects: 8 + 8192,
  texts: 8 + 8192 + 1024 * 16,
  size: 8 + 8192 + 1024 * 16 + 0x8000,
} as const;

const MAX_OBJECTS = 1024;
/** At most half of the places are used, so that a search of the probe is short. */
const USED_OBJECTS = MAX_OBJECTS / 2;
const PROBES = 8;
const MAX_TEXTS = 0x8000;
/** Bytes of a path that the probe copies, with its NUL. */
const MAX_TEXT = 256;

/** The name of an object that is recognized by its inode number alone. */
const ANY_NAME = 0;

/** The real path of all files is wanted, not only that of watched ones. */
const EVERY_FILE = 2;

/** A file or directory with its device as in the kernel's super block. */
export interface WatchedObject {
  readonly inode: bigint;
  readonly device: number;
  /** The path to report. Byte string. */
  readonly path: string;
  /** The last part of its real path, which a file with its inode number must have; "" if the inode is in use. Byte string. */
  readonly name: string;
  /** Whether opening it, or a file in it, is reported. Otherwise it only serves to name files that are reported anyway. */
  readonly reported: boolean;
}

export interface WatchedTables {
  readonly every: boolean;
  /** Names of files, and of directories whose files are watched. Byte strings. */
  readonly names: Iterable<string>;
  readonly objects: Iterable<WatchedObject>;
}

/** The bytes of the tables, and the number of objects that found no place. */
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
    const place = used < USED_OBJECTS ? freePlace(view, inode, device) : undefined;
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

/** The offset of a free place for an object; undefined if there is none near its hash. */
function freePlace(view: DataView, inode: bigint, device: number): number | "known" | undefined {
  const hash = inodeHash(inode);
  for (let i = 0; i < PROBES; i++) {
    const at = watchedLayout.objects + ((hash + i) % MAX_OBJECTS) * 16;
    const there = view.getBigUint64(at, true);
    if (there === 0n) return at;
    if (there === inode && view.getUint32(at + 8, true) === device) return "known";
  }
  return undefined;
}

/** `hash_inode` of probe/object.h. */
export function inodeHash(inode: bigint): number {
  return upper16(inode * 0x9e3779b97f4a7c15n);
}

/** `hash_name` of probe/object.h. Names of 32 bytes or more share a hash. */
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
