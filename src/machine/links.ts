import { EventCode } from "../event/code.ts";
import { AT_FDCWD } from "../event/constants.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { pathFrom } from "./open.ts";
import { joinPath } from "./path.ts";
import { withoutProcessLinks } from "./process-links.ts";
import { present, result, signed } from "./read.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of links. Above this limit, the oldest are dropped. */
const MAX_LINKS = 1024;
/** Number of stored directories that contain links above which all these directories are dropped. */
const MAX_DIRECTORIES = 16 * MAX_LINKS;
/** Maximum number of links that are followed for a path. */
const MAX_FOLLOWED = 8;

/** Kinds of links. `moved` represents a renamed directory that contains links. */
type Kind = "symbolic" | "hard" | "moved";

interface Link {
  /** Absolute path to which the link leads. */
  readonly target: string;
  readonly kind: Kind;
}

/** Links that were created recently, for paths that can no longer be resolved. Text is stored as byte strings. */
export class RecentLinks {
  private readonly byPath = new Map<string, Link>();
  /** Directories that contain links at any depth. */
  private readonly directories = new Set<string>();

  get size(): number {
    return this.byPath.size;
  }

  add(containerId: string, path: string, link: Link): void {
    this.set(keyOf(containerId, path), link);
    if (this.directories.size > MAX_DIRECTORIES) this.directories.clear();
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1))
      this.directories.add(keyOf(containerId, path.slice(0, end)));
  }

  private set(key: string, link: Link): void {
    this.byPath.delete(key);
    this.byPath.set(key, link);
    if (this.byPath.size > MAX_LINKS) for (const oldest of this.byPath.keys()) if (this.byPath.delete(oldest)) break;
  }

  /** Handles the rename of a link or of a directory with links. Drops a link that is replaced. */
  rename(containerId: string, from: string, to: string): void {
    const [before, after] = [keyOf(containerId, from), keyOf(containerId, to)];
    const link = this.byPath.get(before);
    this.byPath.delete(before);
    this.byPath.delete(after);
    if (link !== undefined) {
      if (link.kind !== "moved" || link.target !== to) this.set(after, link);
      return;
    }
    const target = this.trace(containerId, from, "moved");
    if (this.directories.has(keyOf(containerId, target))) this.set(after, { target, kind: "moved" });
  }

  /**
   * Resolves the links in a path. Returns the path unchanged if it contains none.
   * @param isResolved whether symbolic links and renames are already resolved in the path
   */
  follow(containerId: string, path: string, isResolved: boolean): string {
    const found = this.trace(containerId, path, isResolved ? "hard" : "symbolic");
    return this.trace(containerId, path, "moved") === found ? path : found;
  }

  /** Follows renames (`moved`), renames and hard links (`hard`), or all links (`symbolic`). */
  private trace(containerId: string, path: string, kind: Kind): string {
    let found = path;
    for (let i = 0; i < MAX_FOLLOWED; i++) {
      const next = this.step(containerId, found, kind);
      if (next === undefined) break;
      found = next;
    }
    return found;
  }

  private step(containerId: string, path: string, kind: Kind): string | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const link = this.byPath.get(keyOf(containerId, path.slice(0, end)));
      if (link !== undefined && (kind === "symbolic" || link.kind === "moved" || link.kind === kind))
        return joinPath("/", link.target + path.slice(end));
    }
    return undefined;
  }
}

/** Key of a path. Containers have their own file systems. */
function keyOf(containerId: string, path: string): string {
  return containerId === "" ? path : `${containerId}:${path}`;
}

/** Indices of the parameters for the target and the link: directory descriptor (-1: none) and path of each. */
type Places = readonly [targetDir: number, target: number, linkDir: number, link: number];
const SYMLINK: Places = [-1, 1, -1, 2];
const SYMLINKAT: Places = [-1, 1, 2, 3];
const LINK: Places = [-1, 1, -1, 2];
const LINKAT: Places = [1, 2, 3, 4];
const RENAME = LINK;
const RENAMEAT = LINKAT;

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

function symbolic(machine: Machine, event: Observed, thread: Thread, [, target, linkDir, at]: Places): void {
  const path = pathAt(machine, event, thread, linkDir, at);
  if (path === "") return;
  const text = machine.decoder.text(event, target);
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  machine.links.add(thread.containerId, path, { target: joinPath(directory, text), kind: "symbolic" });
}

function hard(machine: Machine, event: Observed, thread: Thread, [targetDir, target, linkDir, at]: Places): void {
  const path = pathAt(machine, event, thread, linkDir, at);
  const of = pathAt(machine, event, thread, targetDir, target);
  if (path !== "" && of !== "") machine.links.add(thread.containerId, path, { target: of, kind: "hard" });
}

function renamed(machine: Machine, event: Observed, thread: Thread): void {
  const [fromDir, from, toDir, to] = event.type === EventCode.RENAME_X ? RENAME : RENAMEAT;
  const before = pathAt(machine, event, thread, fromDir, from);
  const after = pathAt(machine, event, thread, toDir, to);
  if (before !== "" && after !== "") machine.links.rename(thread.containerId, before, after);
}

/** Absolute path in a parameter; "" if it is unknown. */
function pathAt(machine: Machine, event: Observed, thread: Thread, directory: number, at: number): string {
  if (!present(event, at)) return "";
  const from = directory >= 0 && present(event, directory) ? signed(event, directory) : AT_FDCWD;
  const path = withoutProcessLinks(event, thread, pathFrom(thread, machine.decoder.name(event, at), from).text);
  return path.startsWith("/") ? path : "";
}
