// Tar archives with the same bytes for the same entries: sorted, with equal times and numeric owners.

/** A regular file. */
export interface FileEntry {
  /** Path without a leading slash. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** A symbolic link. */
export interface LinkEntry {
  readonly path: string;
  readonly target: string;
}

/** A directory. Missing directories above other entries are added with mode 755. */
export interface FolderEntry {
  readonly path: string;
  readonly mode: number;
  readonly folder: true;
}

export type Entry = FileEntry | LinkEntry | FolderEntry;

const BLOCK = 512;
const FOLDER_MODE = 0o755;
/** Sizes of the fields `name` and `prefix` in a header, in bytes. */
const NAME_SIZE = 100;
const PREFIX_SIZE = 155;

/**
 * Builds a tar archive in the ustar format. All files belong to user and group 0.
 * @param mtime time of all entries, in seconds since the epoch
 * @param prefix text before each path: a directory that ends in a slash, or ""
 * @throws if two entries have the same path, or a path is too long for the format
 */
export function tar(entries: readonly Entry[], mtime: number, prefix = ""): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of withFolders(entries)) {
    const content = "content" in entry ? entry.content : Buffer.alloc(0);
    const path = `${prefix}${entry.path}${"folder" in entry ? "/" : ""}`;
    blocks.push(header(entry, path, content.length, mtime), content, padding(content.length, BLOCK));
  }
  blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
}

/** Returns the type and the permissions of an entry, as in `st_mode` of stat(2). */
export function modeOf(entry: Entry): number {
  if ("target" in entry) return 0o120777;
  return ("folder" in entry ? 0o040000 : 0o100000) | entry.mode;
}

/** Returns the entries and the directories above them, sorted by the bytes of their paths. */
export function withFolders(entries: readonly Entry[]): Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw new Error(`Two entries have the same path: ${entry.path}.`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const above = path.slice(0, end);
      if (!byPath.has(above)) byPath.set(above, { path: above, mode: FOLDER_MODE, folder: true });
    }
  }
  return [...byPath.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function header(entry: Entry, path: string, size: number, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const [prefix, name] = split(path);
  const target = "target" in entry ? entry.target : "";
  if (Buffer.byteLength(target) > NAME_SIZE) throw new Error(`The target of the link ${path} is too long for tar.`);
  block.write(name, 0);
  block.write(octal("mode" in entry ? entry.mode : 0o777, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(mtime, 12), 136);
  block.write(" ".repeat(8), 148);
  block.write("target" in entry ? "2" : "folder" in entry ? "5" : "0", 156);
  block.write(target, 157);
  block.write("ustar\x0000", 257, "latin1");
  block.write(octal(0, 8), 329);
  block.write(octal(0, 8), 337);
  block.write(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 7)}\0 `, 148, "latin1");
  return block;
}

/** Splits a path into prefix and name, which the format joins with a slash. */
function split(path: string): readonly [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= NAME_SIZE) return ["", path];
  for (let end = path.indexOf("/"); end > 0; end = path.indexOf("/", end + 1)) {
    const [prefix, name] = [path.slice(0, end), path.slice(end + 1)];
    if (Buffer.byteLength(prefix) > PREFIX_SIZE) break;
    if (name !== "" && Buffer.byteLength(name) <= NAME_SIZE) return [prefix, name];
  }
  throw new Error(`The path ${path} is too long for tar.`);
}

/** Returns octal digits for a field of this size, which ends with a NUL. */
function octal(value: number, size: number): string {
  const digits = value.toString(8).padStart(size - 1, "0");
  if (digits.length >= size) throw new RangeError(`${value} is too large for a field of a tar header.`);
  return digits;
}

function padding(size: number, unit: number): Buffer {
  return Buffer.alloc((unit - (size % unit)) % unit);
}

/** An entry that was read from an archive. */
export interface ReadEntry {
  readonly path: string;
  readonly type: "file" | "folder" | "link";
  readonly mode: number;
  readonly owner: string;
  readonly mtime: number;
  readonly target: string;
  readonly content: Buffer;
}

/**
 * Reads a tar archive. Only the paths of extended headers are read.
 * @throws if the archive is truncated or has entries of another type
 */
export function readTar(archive: Buffer): ReadEntry[] {
  const entries: ReadEntry[] = [];
  const types: Readonly<Record<string, ReadEntry["type"]>> = { "0": "file", "\0": "file", "5": "folder", "2": "link" };
  let long: string | undefined;
  for (let at = 0; archive[at] !== 0; ) {
    const head = archive.subarray(at, at + BLOCK);
    if (head.length < BLOCK) throw new Error("The archive is truncated.");
    const text = (from: number, size: number): string => head.toString("utf8", from, from + size).replace(/\0.*$/s, "");
    const number = (from: number, size: number): number => Number.parseInt(text(from, size).trim() || "0", 8);
    const kind = head.toString("latin1", 156, 157);
    const size = number(124, 12);
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + size + padding(size, BLOCK).length;
    if (kind === "x") long = pathOfHeader(content) ?? long;
    if (kind === "x" || kind === "g") continue;
    const type = Object.hasOwn(types, kind) ? types[kind] : undefined;
    const path = long ?? [text(345, PREFIX_SIZE), text(0, NAME_SIZE)].filter((part) => part !== "").join("/");
    long = undefined;
    if (type === undefined || content.length < size) throw new Error(`The archive has an unknown entry: ${path}.`);
    const owner = `${number(108, 8)}:${number(116, 8)} ${text(265, 32)}:${text(297, 32)}`;
    const named = { path: path.replace(/\/$/, ""), target: text(157, NAME_SIZE) };
    entries.push({ ...named, type, mode: number(100, 8), owner, mtime: number(136, 12), content });
  }
  return entries;
}

/** Returns the path in a pax extended header, whose records consist of a length, a name and a value. */
function pathOfHeader(content: Buffer): string | undefined {
  for (let at = 0; at < content.length; ) {
    const size = Number.parseInt(content.toString("latin1", at, at + 20), 10);
    if (!(size > 0)) throw new Error("The archive has an invalid extended header.");
    const record = content.toString("utf8", at, at + size - 1);
    const [, path] = /^\d+ path=(.*)$/s.exec(record) ?? [];
    if (path !== undefined) return path;
    at += size;
  }
  return undefined;
}
