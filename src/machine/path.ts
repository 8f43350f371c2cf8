import { byteString } from "../event/bytes.ts";
import { sequence } from "../event/clean.ts";
import type { Descriptor } from "./descriptor.ts";

/**
 * A file name and its path. There is one object per stored pair of directory and name; the object caches values derived
 * from the path.
 */
export class Path {
  /** The path as a byte string; absolute and normalized if the directory is known. */
  readonly text: string;
  /** The name that the program passed. */
  readonly raw: string;
  /** `text` in the form of a directory, which ends in "/". Computed on demand. */
  private prefix: string | undefined = undefined;
  /** The last descriptor that was opened with this path. Cached because programs open the same files repeatedly. */
  lastOpened: Descriptor | undefined = undefined;
  private parent: string | undefined = undefined;
  private last: string | undefined = undefined;

  constructor(text: string, raw: string) {
    this.text = text;
    this.raw = raw;
  }

  get asDirectory(): string {
    this.prefix ??= this.text === "" || this.text.endsWith("/") ? this.text : `${this.text}/`;
    return this.prefix;
  }

  /** The directory of the path (`fd.directory`). */
  get directory(): string {
    this.parent ??= parentDirectory(this.text);
    return this.parent;
  }

  /** The part after the last slash, or the whole path if it has no slash. */
  get lastPart(): string {
    this.last ??= this.text.slice(this.text.lastIndexOf("/") + 1);
    return this.last;
  }
}

/** The part before the last slash. "/" if that part is empty or there is no slash, the path if it ends with a slash. */
function parentDirectory(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash <= 0) return "/";
  return slash < path.length - 1 ? path.slice(0, slash) : path;
}

export const NO_PATH = new Path("", "");

/** Maximum number of directories stored for a name, in addition to the last one. */
const MAX_DIRECTORIES = 8;

/** A name that programs pass, with its recent paths. */
export class Name {
  readonly text: string;
  readonly isAbsolute: boolean;
  /** Whether the path of the name can be computed without knowledge of links: it has no `..` and is not too long. */
  readonly isDirect: boolean;
  private lastDirectory: string | undefined = undefined;
  private lastPath: Path = NO_PATH;
  private paths: Map<string, Path> | undefined = undefined;

  constructor(text: string) {
    this.text = text;
    this.isAbsolute = text.charCodeAt(0) === SLASH;
    this.isDirect = text.length < MAX_PATH && !text.includes("..");
  }

  /** The path of the name in `directory`, which must end in "/". For an absolute name, the directory is ignored. */
  in(directory: string): Path {
    const base = this.isAbsolute ? "" : directory;
    if (this.lastDirectory === base) return this.lastPath;
    let path = this.paths?.get(base);
    if (path === undefined) {
      path = new Path(joinPath(base, this.text), this.text);
      if (this.lastDirectory !== undefined) this.remember(base, path);
    }
    this.lastDirectory = base;
    this.lastPath = path;
    return path;
  }

  private remember(directory: string, path: Path): void {
    if (this.paths === undefined || this.paths.size >= MAX_DIRECTORIES) this.paths = new Map();
    this.paths.set(directory, path);
  }
}

/** Maximum size of a stored path, in bytes, including its NUL. */
export const MAX_PATH = 1024;
const TOO_LONG = "/DIR_TOO_LONG/FILENAME_TOO_LONG";

const SLASH = 0x2f;
const DOT = 0x2e;
const PLAIN = /^[!-.0-~ ]+(\/[!-.0-~ ]+)*$/;

/**
 * Joins `directory` and `name` and normalizes the result: no "." or "..", no double or trailing slash, U+FFFD instead
 * of unprintable bytes. An absolute name replaces the directory. `directory` must be normalized. All are byte strings.
 */
export function joinPath(directory: string, name: string): string {
  if (directory.length + name.length + 1 > MAX_PATH) return TOO_LONG;
  const absolute = name.charCodeAt(0) === SLASH;
  const start = absolute || name === "" ? "" : directory;
  if (isPlain(absolute ? name.slice(1) : name) && (absolute || start.endsWith("/"))) return start + name;
  return clean(start, name);
}

/** Whether a name needs no normalization. */
function isPlain(name: string): boolean {
  return PLAIN.test(name) && name.charCodeAt(0) !== DOT && !name.includes("/.");
}

const target = new Uint8Array(MAX_PATH + 8);

function clean(start: string, name: string): string {
  for (let i = 0; i < start.length; i++) target[i] = start.charCodeAt(i);
  let end = start.length; // offset of the first free byte of the result
  for (let at = 0; at < name.length; ) {
    const step = sequence(name, at);
    if (step !== 1) {
      const size = step > 0 ? step : 3;
      if (end + size >= MAX_PATH) break;
      if (step > 0) for (let i = 0; i < step; i++) target[end + i] = name.charCodeAt(at + i);
      else target.set(REPLACEMENT, end);
      end += size;
      at += step > 0 ? step : -step;
      continue;
    }
    const char = name.charCodeAt(at);
    const atStart = end === 0 || target[end - 1] === SLASH;
    if (char === DOT && atStart) {
      const next = name.charCodeAt(at + 1); // NaN at the end of the name
      const ends = at + 1 === name.length;
      if (next === DOT && (at + 2 === name.length || name.charCodeAt(at + 2) === SLASH)) {
        at += at + 2 === name.length ? 2 : 3;
        end = parentOf(end);
        continue;
      }
      if (ends || next === SLASH) {
        at += ends ? 1 : 2;
        continue;
      }
    } else if (char === SLASH && atStart && (end > 0 || start !== "")) {
      at++;
      continue;
    }
    if (end + 1 >= MAX_PATH) break;
    target[end++] = char;
    at++;
  }
  if (end > 1 && target[end - 1] === SLASH) end--;
  return byteString(target, 0, end);
}

const REPLACEMENT = [0xef, 0xbf, 0xbd];

/** Offset of the last component in the result, which ends in "/". */
function parentOf(end: number): number {
  if (end <= 1) return end;
  let at = end - 1;
  while (at >= 1 && target[at - 1] !== SLASH) at--;
  return at;
}
