import { closeSync } from "node:fs";
import { type PathEnd, type ProcessLinks, withoutDots } from "../../../machine/resolved-path.ts";
import { openCached, openUncached, readLinkOf } from "../libc.ts";
import { type ForeignRoot, withRoot } from "./foreign.ts";
import { FileType, isType, placeOf } from "./stat.ts";

/** Maximum number of symbolic links in a path, as in the kernel (MAXSYMLINKS, include/linux/namei.h). */
const MAX_LINKS = 40;
/** Maximum number of lookups for a path. */
const MAX_LOOKUPS = 4096;
const NO_LINKS: ProcessLinks = () => undefined;

/**
 * The path to which one leads in the root of a process, through symbolic links and bind mounts. Undefined if the kernel would have to ask a
 * file system that could block this thread, and for links of `/proc` that `links` does not know. Byte strings.
 * @param proc mount point of procfs
 * @param path absolute, of any length, with any links, `.` and `..`
 */
export function resolvePath(
  proc: string,
  pid: number | "self",
  path: string,
  end: PathEnd = "file",
  links: ProcessLinks = NO_LINKS,
): string | undefined {
  let of = pid;
  let rest = path;
  for (let roots = 0; roots < MAX_LINKS; roots++) {
    const found = withRoot(proc, of, (root) => new Walk(root, links).resolve(rest, end));
    if (found === undefined || typeof found === "string") return found;
    [of, rest] = [found.pid, found.path];
  }
  return undefined;
}

/** A path in the root of another process. */
interface Elsewhere {
  readonly pid: number;
  readonly path: string;
}

const EAGAIN = 11;
const [ENOENT, ENOTDIR] = [2, 20];

/** What is at a path: a file that is no symbolic link, one, nothing, a file that the kernel does not have in memory, or it is unknown. */
type Found = "file" | "link" | "absent" | "uncached" | "unknown";

class Walk {
  private readonly root: ForeignRoot;
  private readonly links: ProcessLinks;
  /** The part that is resolved: no symbolic link, no `..`. */
  private done: readonly string[] = [];
  /** What follows, in reverse order. */
  private rest: string[] = [];
  /** Whether the first part of `rest` does not exist. */
  private isAbsent = false;
  private followed = 0;
  private lookups = 0;

  constructor(root: ForeignRoot, links: ProcessLinks) {
    this.root = root;
    this.links = links;
  }

  resolve(path: string, end: PathEnd): string | Elsewhere | undefined {
    this.rest = partsOf(path);
    const entry = end === "entry" ? this.rest.shift() : undefined;
    if (end === "entry" && (entry === undefined || entry === "..")) return undefined;
    const elsewhere = this.follow();
    if (elsewhere !== undefined && entry !== undefined) return { ...elsewhere, path: `${elsewhere.path}/${entry}` };
    if (elsewhere !== undefined) return elsewhere;
    if (this.rest.length > 0 && (end !== "target" || !this.isAbsent)) return undefined;
    const found = this.withoutBindMount(textOf(this.done) || "/");
    if (found === undefined) return undefined;
    const more = entry === undefined ? this.rest.toReversed() : [entry];
    return more.length === 0 ? found : withoutDots(`${found}/${more.join("/")}`);
  }

  /** Resolves as much as possible: a `rest` is left if something is missing or unknown. */
  private follow(): Elsewhere | undefined {
    for (;;) {
      while (this.rest.at(-1) === "..") {
        this.rest.pop();
        this.done = this.done.slice(0, -1);
      }
      if (this.rest.length === 0 || this.lookups > MAX_LOOKUPS) return undefined;
      const up = this.rest.lastIndexOf("..");
      const run = this.rest.slice(up + 1).reverse();
      const [count, next] = this.explore(run);
      this.done = [...this.done, ...run.slice(0, count)];
      this.rest.length -= count;
      if (next === "file") continue;
      this.isAbsent = next === "absent";
      if (next !== "link" || ++this.followed > MAX_LINKS) return undefined;
      const elsewhere = this.followLink();
      if (elsewhere === "unknown") return undefined;
      if (elsewhere !== undefined) return elsewhere;
    }
  }

  /** The number of parts that lead to files without links, and what is at the next one; "file" if there is none. */
  private explore(run: readonly string[]): readonly [number, Found] {
    const at = (count: number) => this.look(`${textOf(this.done)}/${run.slice(0, count).join("/")}`);
    const whole = at(run.length);
    if (whole === "file") return [run.length, whole];
    if (whole === "link") return [run.length - 1, whole];
    let [good, bad, next]: [number, number, Found] = [0, run.length, whole];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      const found = at(middle);
      if (found === "file") good = middle;
      else [bad, next] = [middle, found];
      if (found === "link") [good, bad] = [middle - 1, middle];
    }
    if (next !== "uncached") return [good, next];
    const found = this.lookUncached(`${textOf(this.done)}/${run.slice(0, good).join("/")}`, run[good] ?? "");
    return found === "file" ? [bad, found] : [good, found];
  }

  private look(path: string): Found {
    this.lookups++;
    const fd = this.open(path);
    if (fd === -EAGAIN) return "uncached";
    return this.close(fd);
  }

  /** The same for an entry of a directory whose file system cannot block. */
  private lookUncached(directory: string, name: string): Found {
    this.lookups++;
    const parent = this.open(directory);
    if (parent < 0) return "unknown";
    try {
      return this.root.isLocal(parent) ? this.close(openUncached(parent, nulTerminated(name))) : "unknown";
    } finally {
      closeSync(parent);
    }
  }

  private close(fd: number): Found {
    if (fd === -ENOENT || fd === -ENOTDIR) return "absent";
    if (fd < 0) return "unknown";
    const place = placeOf(fd);
    closeSync(fd);
    if (place === undefined) return "unknown";
    return isType(place, FileType.link) ? "link" : "file";
  }

  /** Puts the target of the link that comes next in its place. */
  private followLink(): Elsewhere | "unknown" | undefined {
    const link = this.rest.pop() ?? "";
    const path = textOf([...this.done, link]);
    const target = this.targetOf(path);
    if (target !== undefined) {
      if (target.startsWith("/")) this.done = [];
      this.rest.push(...partsOf(target));
      return undefined;
    }
    this.rest.push(link);
    const after = this.links(`${textOf(this.done)}/${this.rest.toReversed().join("/")}/`);
    if (after === undefined) return "unknown";
    if (after.pid !== undefined) return { pid: after.pid, path: after.path };
    this.done = [];
    this.rest = partsOf(after.path);
    return undefined;
  }

  private targetOf(path: string): string | undefined {
    const fd = this.open(path);
    if (fd < 0) return undefined;
    try {
      const target = this.root.hasReadableLink(fd) ? readLinkOf(fd) : undefined;
      return target && Buffer.from(target).toString("latin1");
    } finally {
      closeSync(fd);
    }
  }

  private withoutBindMount(path: string): string | undefined {
    const fd = this.open(path);
    if (fd < 0) return undefined;
    try {
      return this.root.withoutBindMount(fd, path);
    } finally {
      closeSync(fd);
    }
  }

  private open(path: string): number {
    return openCached(this.root.root, nulTerminated(path.slice(1) || "."));
  }
}

/** Parts in reverse order, without empty ones and `.`. */
function partsOf(path: string): string[] {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .reverse();
}

function textOf(parts: readonly string[]): string {
  return parts.length === 0 ? "" : `/${parts.join("/")}`;
}

function nulTerminated(path: string): Buffer {
  return Buffer.from(`${path}\0`, "latin1");
}
