import { cleanBytes } from "../event/clean.ts";
import { AT_FDCWD } from "../event/constants.ts";
import type { Observed } from "./observed.ts";
import { directoryText } from "./open.ts";
import { NO_PATH } from "./path.ts";
import { followProcessLink, withoutProcessLinks } from "./process-links.ts";
import { fdTable, type Thread } from "./thread.ts";

/**
 * What a path is resolved to: `file`, which exists; `entry`, a name in a directory that exists, without following a link of that name;
 * `target`, as much as exists.
 */
export type PathEnd = "file" | "entry" | "target";

/** Follows the link of /proc with which a path begins, whose end is a slash: see {@link followProcessLink}. */
export type ProcessLinks = (path: string) => { readonly path: string; readonly pid: number | undefined } | undefined;

/** Paths of one event, resolved once for all rules. */
export class EventPaths {
  private num = -1;
  private time = -1;
  private type = -1;
  private readonly found = new Map<string, string | undefined>();

  /** The path `name` of an event, by `read` if it is not known. */
  get(event: Observed, name: string, read: () => string | undefined): string | undefined {
    const { num, timeNumber, type } = event;
    if (num !== this.num || timeNumber !== this.time || type !== this.type) {
      [this.num, this.time, this.type] = [num, timeNumber, type];
      this.found.clear();
    }
    if (!this.found.has(name)) this.found.set(name, read());
    return this.found.get(name);
  }
}

/** The path that a call passed: absolute if the directory is known, not cleaned. An empty one stands for the descriptor. */
export function passedPath(thread: Thread, dirfd: number, path: string): string {
  if (path !== "") return path.startsWith("/") ? path : directoryText(thread, dirfd) + path;
  const fd = dirfd === AT_FDCWD ? undefined : fdTable(thread)?.get(dirfd);
  const real = fd?.real ?? NO_PATH;
  return (real === NO_PATH ? fd?.path.text : real.text) ?? "";
}

/**
 * The path to which one leads for the process of an event: through symbolic links, mounts and `/proc` on a running machine, through the links
 * that were created lately in captures and if the process and its relatives have ended. Clean.
 * @param path of {@link passedPath}
 */
export function resolvedPath(event: Observed, thread: Thread, path: string, end: PathEnd): string {
  if (!path.startsWith("/")) return cleanBytes(path);
  const { machine } = event;
  const resolve = (to: PathEnd) => machine.resolve(thread, path, to, (text) => redirected(event, thread, text));
  const found = resolve(end === "target" ? "file" : end);
  if (found !== undefined) return cleanBytes(found);
  const known = (text: string) => byRecentLinks(event, thread, text);
  if (end === "entry") return cleanBytes(entryBy(known, path));
  // What does not exist may have existed: a link to its directory was removed.
  return cleanBytes(known(resolve("target") ?? path));
}

/** A path without the links of /proc and those that were created lately, `..` after these included. */
function byRecentLinks(event: Observed, thread: Thread, path: string): string {
  let done = "";
  for (const part of path.split("/")) {
    if (part === "..") done = done && parentOf(afterLinks(event, thread, done));
    else if (part !== "" && part !== ".") done += `/${part}`;
  }
  return done === "" ? "/" : afterLinks(event, thread, done);
}

function afterLinks(event: Observed, thread: Thread, path: string): string {
  const { links } = event.machine;
  let text = path;
  for (let i = 0; i < MOST_STEPS; i++) {
    const direct = withoutDots(withoutProcessLinks(event, thread, `${text}/`));
    const next = links.follow(thread.containerId, direct, false);
    if (next === direct) return direct;
    text = next;
  }
  return text;
}

/** Links of /proc that lead to other links. */
const MOST_STEPS = 8;

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** A path whose directory is resolved by `known`. */
function entryBy(known: (path: string) => string, path: string): string {
  const bare = path.replace(/[/]+$/, "");
  const slash = bare.lastIndexOf("/");
  const name = bare.slice(slash + 1);
  if (slash < 0 || name === "." || name === "..") return known(path);
  return withoutDots(`${known(bare.slice(0, slash))}/${name}`);
}

function redirected(event: Observed, thread: Thread, path: string): ReturnType<ProcessLinks> {
  const next = followProcessLink(event, thread, path);
  if (next === undefined || !next.path.startsWith("/")) return undefined;
  const { owner } = next;
  const isElsewhere = owner !== undefined && (owner.root !== thread.root || owner.containerId !== thread.containerId);
  return { path: next.path, pid: isElsewhere ? owner.pid : undefined };
}

/** An absolute path without `.`, `..` and double slashes, as text: whatever its directories are. */
export function withoutDots(path: string): string {
  const done: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") done.pop();
    else if (part !== "" && part !== ".") done.push(part);
  }
  return `/${done.join("/")}`;
}
