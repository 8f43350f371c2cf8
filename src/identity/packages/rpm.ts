import { DatabaseSync } from "node:sqlite";
import { CHECKSUM_BYTES, PathTableBuilder, type PathTableData } from "./path-table.ts";
import { type Root, TooLarge } from "./root.ts";

const FOLDERS = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"] as const;

/** Files that change when the database changes. */
export const rpmMarkers: readonly string[] = FOLDERS.flatMap((folder) => [
  `${folder}/rpmdb.sqlite`,
  `${folder}/rpmdb.sqlite-wal`,
]);

/** Database files in the formats Berkeley DB and NDB, which are not supported. */
export const rpmUnreadable: readonly string[] = FOLDERS.flatMap((folder) => [
  `${folder}/Packages`,
  `${folder}/Packages.db`,
]);

/** Tags in an rpm header (rpmtag.h). */
const Tag = { NAME: 1000, FILEDIGESTS: 1035, DIRINDEXES: 1116, BASENAMES: 1117, DIRNAMES: 1118 } as const;

/** How long to wait for a transaction of rpm that has locked the database, in milliseconds. */
const PATIENCE = 2000;

/**
 * Reads the SQLite database of rpm (Fedora, RHEL 9).
 * @throws TooLarge, and SQLite errors
 */
export function readRpm(root: Root, seed: number): PathTableData {
  const table = new PathTableBuilder("sha256", seed);
  const folder = FOLDERS.find((path) => root.version([`${path}/rpmdb.sqlite`]) !== "");
  const path = folder === undefined ? undefined : root.canonical(`${folder}/rpmdb.sqlite`);
  if (path === undefined) return table.build();
  const database = new DatabaseSync(root.outside(path).toString("latin1"), {
    readOnly: true,
    timeout: PATIENCE,
  });
  try {
    for (const row of database.prepare("SELECT blob FROM Packages").iterate()) {
      if (row.blob instanceof Uint8Array) addHeader(root, table, row.blob);
    }
  } finally {
    database.close();
  }
  return table.build();
}

/**
 * Adds the files in an rpm header. A header consists of the number of entries, the number of data bytes, entries of
 * four words each (tag, type, offset, count), and the data.
 */
function addHeader(root: Root, table: PathTableBuilder, blob: Uint8Array): void {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  if (blob.byteLength < 8) return;
  const entries = view.getUint32(0);
  const data = 8 + entries * 16;
  if (entries > 65536 || data > blob.byteLength) return;
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const texts = (tag: number): string[] => {
    const found = entryOf(view, entries, tag);
    return found === undefined ? [] : textsAt(bytes, data + found.offset, found.count);
  };
  const [name] = texts(Tag.NAME);
  const directories = texts(Tag.DIRNAMES);
  const names = texts(Tag.BASENAMES);
  const digests = texts(Tag.FILEDIGESTS);
  const indexes = entryOf(view, entries, Tag.DIRINDEXES);
  if (name === undefined || indexes === undefined) return;
  const owner = table.package(name);
  for (let i = 0; i < Math.min(names.length, indexes.count); i++) {
    const at = data + indexes.offset + i * 4;
    if (at + 4 > blob.byteLength) return;
    const path = root.canonical(`${directories[view.getUint32(at)] ?? ""}${names[i]}`);
    if (path === undefined) continue;
    table.add(path, owner);
    if (table.size > root.limits.paths) throw new TooLarge(`the database has more than ${root.limits.paths} paths`);
    const digest = digests[i] ?? "";
    if (digest.length === CHECKSUM_BYTES.sha256 * 2) table.checksum(path, owner, Buffer.from(digest, "hex"));
  }
}

function entryOf(view: DataView, entries: number, tag: number): { offset: number; count: number } | undefined {
  for (let i = 0; i < entries; i++) {
    const at = 8 + i * 16;
    if (view.getUint32(at) === tag) return { offset: view.getUint32(at + 8), count: view.getUint32(at + 12) };
  }
  return undefined;
}

/** Reads strings that end in NUL. */
function textsAt(bytes: Buffer, from: number, count: number): string[] {
  const texts: string[] = [];
  let at = from;
  while (texts.length < count && at < bytes.length) {
    const end = bytes.indexOf(0, at);
    if (end < 0) break;
    texts.push(bytes.toString("latin1", at, end));
    at = end + 1;
  }
  return texts;
}
