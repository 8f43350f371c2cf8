import { closeSync } from "node:fs";
import { openCached, readLinkOf } from "../libc.ts";
import { type ForeignRoot, withRoot } from "./foreign.ts";
import { FileType, isType, statLink } from "./stat.ts";

/** Maximum number of path components that are looked up, including components of symbolic links. */
const MAX_PARTS = 128;

/**
 * Resolves symbolic links and bind mounts of a path in the root of a process. Returns undefined for magic links of
 * `/proc`, and for paths that are not in the kernel's cache, because a file system could block this thread while it
 * looks them up. Paths are byte strings.
 * @param proc mount point of procfs
 */
export function resolvePath(proc: string, pid: number | "self", path: string): string | undefined {
  return withRoot(proc, pid, (root) => resolveIn(root, path));
}

function resolveIn(root: ForeignRoot, path: string): string | undefined {
  let done = "";
  const rest = path.split("/");
  for (let parts = 0; rest.length > 0; parts++) {
    if (parts === MAX_PARTS) return undefined;
    const part = rest.shift() ?? "";
    if (part === ".." || part === "." || part === "") {
      if (part === "..") done = done.slice(0, Math.max(done.lastIndexOf("/"), 0));
      continue;
    }
    const link = targetOf(root, `${done}/${part}`);
    if (link === undefined) return undefined;
    if (link === NO_LINK) done += `/${part}`;
    else {
      if (link.startsWith("/")) done = "";
      rest.unshift(...link.split("/"));
    }
  }
  return withoutBindMount(root, done);
}

function withoutBindMount(root: ForeignRoot, path: string): string | undefined {
  const fd = openCached(root.root, Buffer.from(`${path.slice(1)}\0`, "latin1"));
  if (fd < 0) return undefined;
  try {
    return root.withoutBindMount(fd, path);
  } finally {
    closeSync(fd);
  }
}

const NO_LINK = "";

/** Returns the target of a symbolic link; {@link NO_LINK} for other files; undefined if it is unknown. */
function targetOf(root: ForeignRoot, path: string): string | undefined {
  const fd = openCached(root.root, Buffer.from(`${path.slice(1)}\0`, "latin1"));
  if (fd < 0) return undefined;
  try {
    const file = statLink(`/proc/self/fd/${fd}`);
    if (file === undefined || !isType(file, FileType.link)) return file && NO_LINK;
    const target = root.hasReadableLink(fd) ? readLinkOf(fd) : undefined;
    return target && Buffer.from(target).toString("latin1");
  } finally {
    closeSync(fd);
  }
}
