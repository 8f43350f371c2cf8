import { closeSync, openSync, readSync } from "node:fs";
import { elapsed } from "./state.ts";

/** Maximum size of the list of mounts that is read, in bytes. */
const MAX_LIST = 16 << 20;
const CHUNK = 64 << 10;
/** Minimum interval between two reads of the list, in milliseconds. A container engine changes mounts in quick succession. */
const INTERVAL = 100;
/** Minimum ratio of the interval to the CPU time of the last read, so that reads take at most 5% of a CPU. */
const IDLE = 20;
/** Maximum number of mounts that are reported individually per read. */
const MAX_REPORTED = 100;

/** A mounted file system or directory, as the kernel lists it. Strings are byte strings. */
export interface Mount {
  /** Mount point. The kernel has resolved all links. */
  readonly path: string;
  /** Type of the file system, such as `ext4`. */
  readonly type: string;
  /** Device, or another name that the process has chosen. */
  readonly source: string;
  /** Path in the file system of the directory or file that is mounted; `/` if it is not a bind mount. */
  readonly root: string;
}

/** New mounts, and whether the list was too long to be read completely. */
export interface NewMounts {
  readonly mounts: readonly Mount[];
  /** Number of additional new mounts. */
  readonly others: number;
  readonly isPartial: boolean;
}

/**
 * Finds new mounts in the mount namespace of the machine's first process. The kernel lists mounts regardless of the
 * system call, and with their real paths. Mounts in other mount namespaces, such as those of containers, do not hide
 * files from the processes of the machine.
 */
export class Mounts {
  /** Descriptor that poll(2) reports with POLLPRI after a change. */
  readonly fd: number;
  private readonly isWatched: (path: string) => boolean;
  private known = new Set<string>();
  private isChanged = false;
  private readAt = Number.NEGATIVE_INFINITY;
  private interval = INTERVAL;

  /**
   * Throws if the list cannot be opened.
   * @param list path of the list: `/proc/PID/mountinfo`
   * @param isWatched whether a mount at this path hides watched files
   */
  constructor(list: string, isWatched: (path: string) => boolean) {
    this.fd = openSync(list, "r");
    this.isWatched = isWatched;
    this.read();
  }

  /** Records that the list has changed. */
  changed(): void {
    this.isChanged = true;
  }

  /** Returns the new mounts over watched files; undefined if the list has not changed, or was read a moment ago. */
  take(now: number): NewMounts | undefined {
    if (this.wait(now) !== 0) return undefined;
    this.isChanged = false;
    this.readAt = now;
    const before = process.threadCpuUsage();
    const { mounts, isPartial } = this.read();
    const { user, system } = process.threadCpuUsage(before);
    this.interval = Math.max(INTERVAL, ((user + system) / 1000) * IDLE);
    if (mounts.length === 0 && !isPartial) return undefined;
    return {
      mounts: mounts.slice(0, MAX_REPORTED),
      others: Math.max(mounts.length - MAX_REPORTED, 0),
      isPartial,
    };
  }

  /** Time until the list can be read again, in milliseconds; undefined if it has not changed. */
  wait(now: number): number | undefined {
    return this.isChanged ? Math.max(this.interval - elapsed(this.readAt, now), 0) : undefined;
  }

  private read(): { readonly mounts: readonly Mount[]; readonly isPartial: boolean } {
    const { text, isPartial } = readList(this.fd);
    const known = new Set<string>();
    const mounts: Mount[] = [];
    for (const line of text.split("\n")) {
      const mount = parseMount(line);
      if (mount === undefined || !this.isWatched(mount.path)) continue;
      const { id, path, type, source, root } = mount;
      const key = `${id} ${type} ${root} ${path}`; // the kernel reuses the IDs of mounts
      known.add(key);
      if (!this.known.has(key)) mounts.push({ path, type, source, root });
    }
    if (isPartial) for (const key of this.known) known.add(key); // it may be in the rest of the list
    this.known = known;
    return { mounts, isPartial };
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Reads the list, without its last line if it is longer than {@link MAX_LIST}. */
function readList(fd: number): { readonly text: string; readonly isPartial: boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const count = readSync(fd, chunk, 0, CHUNK, size);
    if (count === 0) return { text: Buffer.concat(chunks).toString("latin1"), isPartial: false };
    chunks.push(chunk.subarray(0, count));
    size += count;
    if (size < MAX_LIST) continue;
    const text = Buffer.concat(chunks).toString("latin1");
    return { text: text.slice(0, text.lastIndexOf("\n")), isPartial: true };
  }
}

/**
 * Parses a line of mountinfo: `ID PARENT DEVICE ROOT PATH OPTIONS [TAG]... - TYPE SOURCE OPTIONS`, from proc(5).
 * @returns undefined for an incomplete line
 */
export function parseMount(line: string): (Mount & { readonly id: string }) | undefined {
  const parts = line.split(" ");
  const [id, , , root, path] = parts;
  const end = parts.indexOf("-", 6);
  const [type, source] = end < 0 ? [] : parts.slice(end + 1);
  if (id === undefined || root === undefined || path === undefined || type === undefined) return undefined;
  return { id, path: decoded(path), type: decoded(type), source: decoded(source ?? ""), root: decoded(root) };
}

/** Decodes the octal escapes of spaces, tabs, line feeds and backslashes. */
function decoded(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
