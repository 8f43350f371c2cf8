import type { Observed } from "./observed.ts";
import { joinPath, MAX_PATH, type Name } from "./path.ts";
import { withoutProcessLinks } from "./process-links.ts";
import type { Thread } from "./thread.ts";

/** Maximum number of links that are followed for a path, as in the kernel. */
const MAX_FOLLOWED = 40;
/**
 * Maximum total length of the targets that are followed, in characters. This limits the time, as do the next two
 * constants.
 */
const MAX_TARGETS = 4096;
/** Maximum number of components for which links are followed. */
const MAX_COMPONENTS = 256;
/** Maximum total length of the paths that are looked up, in characters. */
const MAX_LOOKED_UP = 32_768;

/**
 * The view of the file system that a thread has. Containers, and processes with another root directory (chroot), have
 * other files at the same paths.
 */
export function viewOf({ containerId, root }: Thread): string {
  const directory = root.length > 1 ? joinPath("/", root) : "/";
  return directory === "/" ? containerId : `${containerId}:${directory}`;
}

/**
 * Returns the absolute path to which a name leads, if its path passes through links in `/proc` or through links that
 * were created recently. Other symbolic links are not followed. The path need not exist.
 * @param directory directory of a relative name, which ends in "/"
 * @param end `target` to follow a link at the end of the path too, `entry` to follow only links in the path of its
 * directory
 */
export function linkedPath(
  event: Observed,
  thread: Thread,
  name: Name,
  directory: string,
  end: "target" | "entry",
): string {
  const base = name.isAbsolute ? "" : directory;
  const isKnown = name.isAbsolute || base.startsWith("/");
  if (!isKnown || (name.isDirect && base.length + name.text.length < MAX_PATH)) {
    const { text } = name.in(base);
    const isPlain = !text.startsWith("/proc/") && !event.machine.links.isOn(viewOf(thread), text, end);
    if (!isKnown || isPlain) return text;
  }
  return new Walk(event, thread).along(base, name.text, end);
}

/** Follows the links in a path, component by component. */
class Walk {
  private readonly event: Observed;
  private readonly thread: Thread;
  private readonly view: string;
  /** Path of the components so far, without links. "" for the root directory. */
  private done = "";
  /** The same path before its directories were renamed. Links below these directories are stored with this path. */
  private former = "";
  /** The remaining components, in reverse order. */
  private rest: string[] = [];
  private followed = 0;
  private targets = 0;
  private lookedUp = 0;

  constructor(event: Observed, thread: Thread) {
    this.event = event;
    this.thread = thread;
    this.view = viewOf(thread);
  }

  along(directory: string, path: string, end: "target" | "entry"): string {
    this.push(path);
    const entry = end === "entry" && this.rest[0] !== ".." ? this.rest.shift() : undefined;
    this.push(directory);
    for (let i = 0; i < MAX_COMPONENTS; i++) {
      const part = this.rest.pop();
      if (part === undefined) break;
      if (part === "..") {
        this.done = parentOf(this.done);
        this.former = parentOf(this.former);
      } else this.enter(part);
    }
    if (entry !== undefined) this.rest.unshift(entry);
    return joinPath("/", this.rest.length === 0 ? this.done || "/" : withParts(this.done, this.rest));
  }

  private enter(part: string): void {
    const component = joinPath("/", part); // links are stored with replaced unprintable bytes
    this.done += component;
    this.former += component;
    if (this.followed >= MAX_FOLLOWED) return;
    const { links } = this.event.machine;
    if (links.size > 0 && this.lookedUp < MAX_LOOKED_UP) {
      this.lookedUp += this.former.length;
      const link = links.at(this.view, this.former);
      if (link !== undefined) {
        if (link.kind === "moved") {
          this.followed++;
          this.former = link.target;
        } else this.follow(link.target);
        return;
      }
    }
    if (!this.done.startsWith("/proc/")) return;
    const direct = withoutProcessLinks(this.event, this.thread, `${this.done}/`);
    if (!direct.startsWith("/proc/")) this.follow(direct);
  }

  private follow(target: string): void {
    this.targets += target.length;
    if (this.targets > MAX_TARGETS) return;
    this.followed++;
    this.done = "";
    this.former = "";
    this.push(target);
  }

  /** Adds the components of a path before the remaining components. */
  private push(path: string): void {
    const parts = path.split("/");
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      if (part !== "" && part !== ".") this.rest.push(part);
    }
  }
}

/** Appends components, which are in reverse order, to a path. */
function withParts(path: string, parts: readonly string[]): string {
  const all = path.split("/");
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] !== "..") all.push(parts[i] ?? "");
    else if (all.length > 1) all.pop();
  }
  return all.join("/") || "/";
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}
