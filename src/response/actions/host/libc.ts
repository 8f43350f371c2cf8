import { writeSync } from "node:fs";
import koffi from "koffi";

/** Functions of the C library and system calls that Node.js does not provide. */
const libc = koffi.load(null);
const syscall = libc.func("long syscall(long number, long a, long b, const void *c, long d)");
const close = libc.func("int close(int fd)");
const poll = libc.func("int poll(void *fds, unsigned long count, int timeout)");
const clockGet = libc.func("int clock_gettime(int clock, void *time)");
const listXattr = libc.func("long flistxattr(int fd, void *names, size_t size)");
const getXattr = libc.func("long fgetxattr(int fd, const char *name, void *value, size_t size)");
const setXattr = libc.func("int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)");
const setTimes = libc.func("int futimens(int fd, const void *times)");
const ioctl = libc.func("int ioctl(int fd, unsigned long request, void *value)");
const socket = libc.func("int socket(int family, int type, int protocol)");
const send = libc.func("long send(int fd, const void *bytes, size_t size, int flags)");
const memoryFileCreate = libc.func("int memfd_create(const char *name, unsigned int flags)");
const receive = libc.func("long recv(int fd, void *bytes, size_t size, int flags)");

/** System call numbers, which are the same on all supported architectures since Linux 5.1. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const OPENAT2 = 437;

const nameOf = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

/** Error of a system call, with a code such as `ESRCH`. */
export class SystemError extends Error {
  readonly code: string;
  constructor(call: string) {
    const code = nameOf.get(koffi.errno()) ?? `error ${koffi.errno()}`;
    super(`${call}: ${code}`);
    this.code = code;
  }
}

/** @throws SystemError */
function checked(result: unknown, call: string): number {
  const number = Number(result);
  if (number < 0) throw new SystemError(call);
  return number;
}

/**
 * Opens a pidfd, which keeps referring to the process even if its PID is reused.
 * @throws SystemError
 */
export function openPidfd(pid: number): number {
  return checked(syscall(PIDFD_OPEN, pid, 0, null, 0), "pidfd_open");
}

/**
 * Sends a signal. Signal 0 only checks whether the process exists.
 * @throws SystemError ESRCH if it has exited
 */
export function signalPidfd(pidfd: number, signal: number): void {
  checked(syscall(PIDFD_SEND_SIGNAL, pidfd, signal, null, 0), "pidfd_send_signal");
}

/**
 * Sends as many bytes over a connected socket as fit in its send buffer, without blocking.
 * @returns the number of bytes that were sent
 * @throws SystemError EAGAIN if the send buffer is full
 */
export function sendWithoutWaiting(fd: number, bytes: Uint8Array): number {
  const [MSG_DONTWAIT, MSG_NOSIGNAL] = [0x40, 0x4000];
  return checked(send(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL), "send");
}

/** Whether the process of a pidfd has exited. */
export function hasEnded(pidfd: number): boolean {
  const POLLIN = 1;
  const set = new Uint8Array(8);
  const view = new DataView(set.buffer);
  view.setInt32(0, pidfd, true);
  view.setInt16(4, POLLIN, true);
  return Number(poll(set, 1, 0)) > 0;
}

export function closeDescriptor(fd: number): void {
  close(fd);
}

/**
 * Creates a memory file (memfd) that contains a string, for use as standard input of a child process. The pipes of
 * Node.js are sockets, which a program cannot open as /dev/stdin. The file offset is 0; the caller closes the
 * descriptor.
 * @throws SystemError
 */
export function memoryFile(text: string): number {
  const MFD_CLOEXEC = 1;
  const bytes = Buffer.from(text);
  const fd = checked(memoryFileCreate("eyas", MFD_CLOEXEC), "memfd_create");
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
  return fd;
}

/** Flags of openat2(2) for path resolution (include/uapi/linux/openat2.h). */
export const Resolve = { NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04, IN_ROOT: 0x10 } as const;

/**
 * Opens a path relative to the directory `root` (openat2(2)). With `Resolve.IN_ROOT`, `root` is the root of the file
 * system, including for symbolic links and `..`.
 * @param path without NUL
 * @throws SystemError
 */
export function openBelow(root: number, path: string, flags: number, resolve: number): number {
  const O_CLOEXEC = 0o2000000;
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), 0n, BigInt(resolve)]);
  const name = Buffer.from(`${path}\0`);
  const address = koffi.address(name);
  return checked(syscall(OPENAT2, root, address, new Uint8Array(how.buffer), how.byteLength), "openat2");
}

/** Clocks of clock_gettime(2). */
export const Clock = { REALTIME: 0, BOOTTIME: 7 } as const;

/** Reads a clock in nanoseconds. */
export function clock(id: number): bigint {
  const time = new BigInt64Array(2);
  clockGet(id, time);
  const [seconds = 0n, nanoseconds = 0n] = time;
  return seconds * 1_000_000_000n + nanoseconds;
}

/**
 * Sends a netlink request and reads one response without blocking, so the protocol must respond immediately.
 * @throws SystemError
 */
export function requestNetlink(protocol: number, request: Uint8Array): Buffer {
  const [AF_NETLINK, SOCK_RAW, SOCK_CLOEXEC, MSG_DONTWAIT] = [16, 3, 0o2000000, 0x40];
  const fd = checked(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "socket");
  try {
    checked(send(fd, request, request.length, 0), "send");
    const answer = Buffer.alloc(16_384);
    const size = checked(receive(fd, answer, answer.length, MSG_DONTWAIT), "recv");
    return answer.subarray(0, size);
  } finally {
    close(fd);
  }
}

/** Kernel limit for the list of names, and for a value, in bytes (XATTR_LIST_MAX, XATTR_SIZE_MAX). */
const MAX_XATTR = 65_536;

/** Reads the extended attributes of an open file, including `security.*`. Skips attributes that cannot be read. */
export function xattrsOf(fd: number): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const buffer = Buffer.alloc(MAX_XATTR);
  const length = Number(listXattr(fd, buffer, buffer.length));
  if (length <= 0) return found;
  const names = buffer.toString("utf8", 0, length).split("\0").filter(Boolean);
  for (const name of names) {
    const size = Number(getXattr(fd, name, buffer, buffer.length));
    if (size >= 0) found.set(name, Buffer.from(buffer.subarray(0, size)));
  }
  return found;
}

/** @throws SystemError */
export function putXattr(fd: number, name: string, value: Buffer): void {
  checked(setXattr(fd, name, value, value.length, 0), "fsetxattr");
}

/** Sets access and modification time of an open file, in nanoseconds since the epoch. @throws SystemError */
export function putTimes(fd: number, accessed: bigint, modified: bigint): void {
  const SECOND = 1_000_000_000n;
  const parts = [accessed, modified].flatMap((time) => {
    const part = ((time % SECOND) + SECOND) % SECOND; // non-negative even for times before the epoch
    return [(time - part) / SECOND, part];
  });
  const times = new BigInt64Array(parts);
  checked(setTimes(fd, new Uint8Array(times.buffer)), "futimens");
}

/** File attributes of chattr(1): immutable, append-only. */
export const FileFlag = { IMMUTABLE: 0x10, APPEND_ONLY: 0x20 } as const;

/** Returns the attributes of a file; 0 if the file system does not support them. */
export function flagsOf(fd: number): number {
  const GET = 0x8008_6601;
  const value = new BigInt64Array(1);
  return Number(ioctl(fd, GET, value)) < 0 ? 0 : Number(BigInt.asUintN(32, value[0] ?? 0n));
}

/** @throws SystemError */
export function putFlags(fd: number, flags: number): void {
  const SET = 0x4008_6602;
  checked(ioctl(fd, SET, new BigInt64Array([BigInt(flags)])), "ioctl");
}
