import { readFileSync, readlinkSync } from "node:fs";

/** File systems that answer without another program or machine. */
const LOCAL: ReadonlySet<string> = new Set(
  "overlay ext2 ext3 ext4 xfs btrfs zfs bcachefs f2fs tmpfs ramfs rootfs squashfs erofs iso9660 virtiofs aufs proc".split(
    " ",
  ),
);
/** File systems of servers, which may never answer. */
const REMOTE = /^(?:fuse|fuseblk|nfs|nfs4|cifs|smb3|9p|ceph|afs|glusterfs|lustre|gpfs|beegfs|coda|davfs)(?:\.|$)/;

/** A mount of a process. */
export interface Mount {
  /** ID of the mount, as in `/proc/PID/fdinfo`. */
  readonly id: string;
  /** Major and minor number. */
  readonly device: string;
  /** The directory or file of its file system that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
}

/**
 * The mounts of a process; undefined if it has ended.
 * @param proc mount point of procfs
 */
export function mountsOf(proc: string, pid: number | string): Mount[] | undefined {
  try {
    return parseMounts(readFileSync(`${proc}/${pid}/mountinfo`, "latin1"));
  } catch {
    return undefined;
  }
}

/** Reads the text of `/proc/PID/mountinfo`. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    // ID, parent, device, root, mount point, options, optional fields, "-", type, …
    const words = line.split(" ");
    const [id = "", , device = "", root = "", point = ""] = words;
    const dash = words.indexOf("-", 6);
    return dash < 0
      ? []
      : [{ id, device, root: unescaped(root), point: unescaped(point), type: words[dash + 1] ?? "" }];
  });
}

/** The mount of a path; undefined if there is none. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const covers = point === "/" || path === point || path.startsWith(`${point}/`);
    if (covers && point.length >= (best?.point.length ?? 0)) best = mount; // of equal ones, the last is on top
  }
  return best;
}

/** Whether a mount answers at once. Unknown file systems do not: reading them could block the thread of the engine. */
export function isLocal({ type }: Mount): boolean {
  return LOCAL.has(type);
}

/** Whether a mount has a server, possibly an attacker's, that can block a reader. Unknown file systems have none: a worker reads them. */
export function isRemote({ type }: Mount): boolean {
  return REMOTE.test(type);
}

/**
 * Whether an overlay of a process may have a layer whose server is an attacker's: every user can mount one in a user namespace, with a
 * layer on FUSE. Overlays of the machine's user namespace, and those that the machine has mounted itself, have none.
 * @param proc mount point of procfs
 */
export function isForeignOverlay({ type, device }: Mount, proc: string, pid: number | string): boolean {
  if (type !== "overlay" || pid === "self") return false;
  const namespace = userNamespaceOf(proc, pid);
  // Where the first process is not accessible, this program has its namespace, unless it runs in a container.
  const machine = userNamespaceOf(proc, 1) ?? (proc === "/proc" ? userNamespaceOf(proc, "self") : undefined);
  if (namespace !== undefined && namespace === machine) return false;
  return mountsOf(proc, 1)?.some((mount) => mount.device === device) !== true;
}

function userNamespaceOf(proc: string, pid: number | string): string | undefined {
  try {
    return readlinkSync(`${proc}/${pid}/ns/user`);
  } catch {
    return undefined;
  }
}

/** Spaces and the like are octal numbers after a backslash. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
