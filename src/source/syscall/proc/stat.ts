import { Buffer } from "node:buffer";
import { statCached } from "../libc.ts";

/** Attributes of a file that a process has open or runs. */
export interface FileStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino: bigint;
  /** Device, as in `st_dev` of stat(2). */
  readonly dev: number;
  /** Change time in nanoseconds since the epoch. */
  readonly ctime: bigint;
  readonly mtime: bigint;
}

const bytes = new Uint8Array(256);
const view = new DataView(bytes.buffer);

/**
 * Reads the attributes of a file through a link of `/proc`. Undefined if the link no longer exists. Network and
 * user-space file systems are not queried, so their attributes can be outdated.
 * @param link a byte string
 */
export function statLink(link: string): FileStat | undefined {
  if (!statCached(Buffer.from(`${link}\0`, "latin1"), bytes)) return undefined;
  // struct statx, include/uapi/linux/stat.h
  const number = (at: number) => view.getUint32(at, true);
  const time = (at: number) => view.getBigInt64(at, true) * 1_000_000_000n + BigInt(number(at + 8));
  const [major, minor] = [number(136), number(140)];
  return {
    mode: view.getUint16(28, true),
    uid: number(20),
    gid: number(24),
    ino: view.getBigUint64(32, true),
    dev: (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12),
    ctime: time(96),
    mtime: time(112),
  };
}

const S_IFMT = 0o170000;
export const FileType = { fifo: 0o010000, directory: 0o040000, socket: 0o140000, link: 0o120000 } as const;

/** Whether a file is of a type. */
export function isType({ mode }: FileStat, type: (typeof FileType)[keyof typeof FileType]): boolean {
  return (mode & S_IFMT) === type;
}
