import { readFileSync, readlinkSync } from "node:fs";

/** File system types on which reads do not depend on another program or machine. */
const LOCAL: ReadonlySet<string> = new Set(
  "overlay ext2 ext3 ext4 xfs btrfs zfs bcachefs f2fs tmpfs ramfs rootfs squashfs erofs iso9660 virtiofs aufs proc".split(
    " ",
  ),
);
/** File system types that are backed by a server. The server may never respond. */
const REMOTE = /^(?:fuse|fuseblk|nfs|nfs4|cifs|smb3|9p|ceph|afs|glusterfs|lustre|gpfs|beegfs|coda|davfs)(?:\.|$)/;

/** A mount of a process. */
export interface Mount {
  /** Mount ID, as in `/proc/PID/fdinfo`. */
  readonly id: string;
  /** Major and minor device number. */
  readonly device: string;
  /** The directory or file within the file system that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly type: string;
}

/**
 * Returns the mounts of a process; undefined if the process has exited.
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
 * Whether reads from a mount do not depend on another program or machine. False for unknown file systems, because reads
 * could block the engine's thread.
 */
export function isLocal({ type }: Mount): boolean {
  return LOCAL.has(type);
}

/**
 * Whether a mount is backed by a server that can block reads and that an attacker may control. False for unknown file
 * systems, because only a worker reads them.
 */
export function isRemote({ type }: Mount): boolean {
  return REMOTE.test(type);
}

/**
 * Whether a mount of a process may be an overlay with a layer on a server that an attacker controls. Every user can
 * mount an overlay with a FUSE layer in a user namespace. False for overlays in the user namespace of the machine, and
 * for overlays that the machine itself has mounted.
 * @param proc mount point of procfs
 */
export function isForeignOverlay({ type, device }: Mount, proc: string, pid: number | string): boolean {
  if (type !== "overlay" || pid === "self") return false;
  const namespace = userNamespaceOf(proc, pid);
  // If process 1 is not accessible, use the user namespace of this process, which is the user namespace of the machine
  // unless this process runs in a container.
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

/** Decodes spaces and other special characters, which are written as a backslash and three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
