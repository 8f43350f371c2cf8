import { readFileSync, readlinkSync } from "node:fs";

/** File system types that do not depend on another program or machine. */
const LOCAL: ReadonlySet<string> = new Set(
  "overlay ext2 ext3 ext4 xfs btrfs zfs bcachefs f2fs tmpfs ramfs rootfs squashfs erofs iso9660 virtiofs aufs proc".split(
    " ",
  ),
);
/** File system types with a server, which may never respond. */
const REMOTE = /^(?:fuse|fuseblk|nfs|nfs4|cifs|smb3|9p|ceph|afs|glusterfs|lustre|gpfs|beegfs|coda|davfs)(?:\.|$)/;

/** A mount of a process. */
export interface Mount {
  /** Mount ID, as in `/proc/PID/fdinfo`. */
  readonly id: string;
  /** Major and minor device number. */
  readonly device: string;
  /** The directory or file in the file system that is mounted. */
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

/** Parses the text of `/proc/PID/mountinfo`. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    // Fields: ID, parent, device, root, mount point, options, optional fields, "-", type, …
    const words = line.split(" ");
    const [id = "", , device = "", root = "", point = ""] = words;
    const dash = words.indexOf("-", 6);
    return dash < 0
      ? []
      : [{ id, device, root: unescaped(root), point: unescaped(point), type: words[dash + 1] ?? "" }];
  });
}

/** The mount that contains a path; undefined if there is none. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const covers = point === "/" || path === point || path.startsWith(`${point}/`);
    if (covers && point.length >= (best?.point.length ?? 0)) best = mount; // later mounts cover earlier ones
  }
  return best;
}

/**
 * Whether reads from a mount return immediately. Unknown file systems do not count, since reads could block the thread
 * of the engine.
 */
export function isLocal({ type }: Mount): boolean {
  return LOCAL.has(type);
}

/**
 * Whether a mount is backed by a server, possibly controlled by an attacker, that can block reads. Unknown file systems
 * do not count, since only a worker reads them.
 */
export function isRemote({ type }: Mount): boolean {
  return REMOTE.test(type);
}

/**
 * Whether a process may see an overlay with a layer whose server an attacker controls: every user can mount an overlay
 * in a user namespace, with a layer on FUSE. Overlays in the user namespace of the machine, and overlays that the
 * machine itself has mounted, are not foreign.
 * @param proc mount point of procfs
 */
export function isForeignOverlay({ type, device }: Mount, proc: string, pid: number | string): boolean {
  if (type !== "overlay" || pid === "self") return false;
  const namespace = userNamespaceOf(proc, pid);
  // If process 1 is not accessible, use the namespace of this process, which is that of the machine unless it runs in a
  // container.
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

/** Decodes spaces and other special characters, which are written as a backslash and an octal number. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
