import { EventCode } from "../event/code.ts";
import { AT_FDCWD, RENAME_EXCHANGE } from "../event/constants.ts";
import type { Event } from "../event/event.ts";
import { linkedPath, viewOf } from "./linked-path.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { directoryText } from "./open.ts";
import { joinPath } from "./path.ts";
import { present, result, signed, u32 } from "./read.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of links. Above this limit, the oldest are dropped. */
const MAX_LINKS = 1024;
/** Maximum number of stored directories that contain links. Above this limit, all of these directories are dropped. */
const MAX_DIRECTORIES = 16 * MAX_LINKS;
/** Maximum number of links that are followed for a path. */
const MAX_FOLLOWED = 8;

/** Kinds of links. `moved` represents a renamed directory that contains links. */
type Kind = "symbolic" | "hard" | "moved";

interface Link {
  /** Absolute path to which the link leads. It may contain `..` and other links. */
  readonly target: string;
  readonly kind: Kind;
}

/**
 * Links that were created recently. Each view of the file system, which `viewOf` returns, has its own links. Text is
 * stored as byte strings.
 */
export class RecentLinks {
  private readonly byPath = new Map<string, { readonly link: Link; readonly length: number }>();
  /** Number of links by the length of their path, for a fast check that a path passes through no link. */
  private readonly lengths: number[] = [];
  /** Directories that contain links at any depth. */
  private readonly directories = new Set<string>();

  get size(): number {
    return this.byPath.size;
  }

  add(view: string, path: string, link: Link): void {
    const known = this.at(view, path);
    const isSame = known !== undefined && known.target === link.target && known.kind === link.kind;
    if (isSame && this.byPath.size < MAX_LINKS / 2) return; // need not become the newest
    this.set(view, path, link);
    if (this.directories.size > MAX_DIRECTORIES) this.directories.clear();
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      this.directories.add(keyOf(view, path.slice(0, end)));
  }

  /** The link at a path, if there is one. */
  at(view: string, path: string): Link | undefined {
    return this.byPath.get(keyOf(view, path))?.link;
  }

  /**
   * Whether a path passes through a link.
   * @param path an absolute path without `.`, `..` and double slashes
   * @param end `target` if the path may be a link itself
   */
  isOn(view: string, path: string, end: "target" | "entry"): boolean {
    if (this.byPath.size === 0) return false;
    for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
      if (this.hasLength(at) && this.byPath.has(keyOf(view, path.slice(0, at)))) return true;
    }
    return end === "target" && this.hasLength(path.length) && this.byPath.has(keyOf(view, path));
  }

  private hasLength(length: number): boolean {
    return (this.lengths[length] ?? 0) > 0;
  }

  /** Handles the creation of a directory, which cannot be at the path of an existing link. */
  remove(view: string, path: string): void {
    this.delete(keyOf(view, path));
  }

  clear(): void {
    this.byPath.clear();
    this.lengths.length = 0;
    this.directories.clear();
  }

  private set(view: string, path: string, link: Link): void {
    const key = keyOf(view, path);
    this.delete(key);
    this.byPath.set(key, { link, length: path.length });
    this.lengths[path.length] = (this.lengths[path.length] ?? 0) + 1;
    if (this.byPath.size > MAX_LINKS) for (const oldest of this.byPath.keys()) if (this.delete(oldest)) break;
  }

  private delete(key: string): boolean {
    const stored = this.byPath.get(key);
    if (stored === undefined) return false;
    this.lengths[stored.length] = (this.lengths[stored.length] ?? 1) - 1;
    return this.byPath.delete(key);
  }

  /** Handles the rename of a link or of a directory with links. Drops a link that is replaced. */
  rename(view: string, from: string, to: string): void {
    const link = this.moved(view, from);
    this.delete(keyOf(view, from));
    this.put(view, to, link);
  }

  /** Handles the exchange of two paths, each of which may be a link or a directory with links. */
  exchange(view: string, one: string, other: string): void {
    const [ofOne, ofOther] = [this.moved(view, one), this.moved(view, other)];
    this.put(view, one, ofOther);
    this.put(view, other, ofOne);
  }

  /** The link to store at the new path of a link or of a directory with links; undefined for other files. */
  private moved(view: string, from: string): Link | undefined {
    const link = this.at(view, from);
    if (link !== undefined) return link;
    const target = this.trace(view, from, "moved");
    return this.directories.has(keyOf(view, target)) ? { target, kind: "moved" } : undefined;
  }

  /** Replaces the link at a path. A directory with links that was renamed back to its original path needs no link. */
  private put(view: string, path: string, link: Link | undefined): void {
    this.delete(keyOf(view, path));
    if (link !== undefined && (link.kind !== "moved" || link.target !== path)) this.set(view, path, link);
  }

  /**
   * Resolves the links in a path. Returns the path unchanged if it contains none.
   * @param isResolved whether symbolic links and renames are already resolved in the path
   */
  follow(view: string, path: string, isResolved: boolean): string {
    const found = this.trace(view, path, isResolved ? "hard" : "symbolic");
    return this.trace(view, path, "moved") === found ? path : found;
  }

  /** Follows renames (`moved`), renames and hard links (`hard`), or all links (`symbolic`). */
  private trace(view: string, path: string, kind: Kind): string {
    let found = path;
    for (let i = 0; i < MAX_FOLLOWED; i++) {
      const next = this.step(view, found, kind);
      if (next === undefined) break;
      found = next;
    }
    return found;
  }

  private step(view: string, path: string, kind: Kind): string | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const link = this.hasLength(end) ? this.at(view, path.slice(0, end)) : undefined;
      if (link !== undefined && (kind === "symbolic" || link.kind === "moved" || link.kind === kind))
        return joinPath("/", link.target + path.slice(end));
    }
    return undefined;
  }
}

/** Key of a path in a view. */
function keyOf(view: string, path: string): string {
  return view === "" ? path : `${view}:${path}`;
}

/** Indices of the parameters for the target and the link: directory descriptor (-1: none) and path of each. */
type Places = readonly [targetDir: number, target: number, linkDir: number, link: number];
const SYMLINK: Places = [-1, 1, -1, 2];
const SYMLINKAT: Places = [-1, 1, 2, 3];
const LINK: Places = [-1, 1, -1, 2];
const LINKAT: Places = [1, 2, 3, 4];
const RENAME = LINK;
const RENAMEAT = LINKAT;
/** Index of the flags of renameat2. */
const RENAME_FLAGS = 5;
/** Indices of the parameters for a new directory: directory descriptor (-1: none) and path. */
const MKDIR = [-1, 1] as const;
const MKDIRAT = [1, 2] as const;

/** Handles calls that create or rename links. */
export function link(machine: Machine, event: Observed): void {
  const { thread, type } = event;
  if (thread === undefined || result(event) !== 0) return;
  if (type === EventCode.SYMLINK_X) symbolic(machine, event, thread, SYMLINK);
  else if (type === EventCode.SYMLINKAT_X) symbolic(machine, event, thread, SYMLINKAT);
  else if (type === EventCode.LINK_2_X) hard(machine, event, thread, LINK);
  else if (type === EventCode.LINKAT_2_X) hard(machine, event, thread, LINKAT);
  else if (machine.links.size > 0) renamed(machine, event, thread);
}

/** Handles calls that create directories. */
export function makeDirectory(machine: Machine, event: Observed): void {
  const { thread, type } = event;
  if (thread === undefined || machine.links.size === 0 || result(event) !== 0) return;
  const [directory, at] = type === EventCode.MKDIRAT_X ? MKDIRAT : MKDIR;
  const path = pathAt(machine, event, thread, directory, at);
  if (path !== "") machine.links.remove(viewOf(thread), path);
}

function symbolic(machine: Machine, event: Observed, thread: Thread, [, targetAt, linkDir, at]: Places): void {
  const path = pathAt(machine, event, thread, linkDir, at);
  if (path === "") return;
  const text = machine.decoder.text(event, targetAt);
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  const target = text.startsWith("/") ? text : directory + text;
  machine.links.add(viewOf(thread), path, { target, kind: "symbolic" });
}

function hard(machine: Machine, event: Observed, thread: Thread, [targetDir, target, linkDir, at]: Places): void {
  const path = pathAt(machine, event, thread, linkDir, at);
  const of = pathAt(machine, event, thread, targetDir, target);
  if (path !== "" && of !== "") machine.links.add(viewOf(thread), path, { target: of, kind: "hard" });
}

function renamed(machine: Machine, event: Observed, thread: Thread): void {
  const [fromDir, from, toDir, to] = event.type === EventCode.RENAME_X ? RENAME : RENAMEAT;
  const before = pathAt(machine, event, thread, fromDir, from);
  const after = pathAt(machine, event, thread, toDir, to);
  if (before === "" || after === "") return;
  if (isExchange(event)) machine.links.exchange(viewOf(thread), before, after);
  else machine.links.rename(viewOf(thread), before, after);
}

/** Whether a rename exchanges two files. */
export function isExchange(event: Event): boolean {
  return event.type === EventCode.RENAMEAT2_X && (u32(event, RENAME_FLAGS) & RENAME_EXCHANGE) !== 0;
}

/** Absolute path of an entry in a parameter, without links to its directory; "" if it is unknown. */
function pathAt(machine: Machine, event: Observed, thread: Thread, directory: number, at: number): string {
  if (!present(event, at)) return "";
  const from = directory >= 0 && present(event, directory) ? signed(event, directory) : AT_FDCWD;
  const name = machine.decoder.name(event, at);
  const path = linkedPath(event, thread, name, name.isAbsolute ? "" : directoryText(thread, from), "entry");
  return path.startsWith("/") ? path : "";
}
