import koffi from "koffi";
import { O_PATH } from "../../event/fcntl.ts";

/** C library functions that the sensor requires and Node.js does not provide. */

const libc = koffi.load(null);
const syscallFunction = libc.func("long syscall(long number, int command, void *attributes, unsigned int size)");
const mmapFunction = libc.func("intptr_t mmap(void *addr, size_t length, int prot, int flags, int fd, int64_t offset)");
const munmapFunction = libc.func("int munmap(intptr_t addr, size_t length)");
const madviseFunction = libc.func("int madvise(intptr_t addr, size_t length, int advice)");
const trimFunction = optional("int malloc_trim(size_t pad)");
const pollFunction = libc.func("int poll(void *fds, unsigned long count, int timeout)");
const closeFunction = libc.func("int close(int fd)");
const fcntlFunction = libc.func("int fcntl(int fd, int command, ...)");
const eventfdFunction = libc.func("int eventfd(unsigned int value, int flags)");
const writeFunction = libc.func("long write(int fd, void *from, size_t count)");
const clockFunction = libc.func("int clock_gettime(int clock, void *time)");
const sigmaskFunction = libc.func("int pthread_sigmask(int how, void *set, void *old)");
const prctlFunction = libc.func("int prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)");
const setrlimitFunction = libc.func("int setrlimit(int resource, void *limits)");
const sysconfFunction = libc.func("long sysconf(int name)");

const fanotifyInitFunction = libc.func("int fanotify_init(unsigned int flags, unsigned int event_flags)");
const fanotifyMarkFunction = libc.func(
  "int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int dirfd, void *path)",
);
const nameToHandleFunction = libc.func(
  "int name_to_handle_at(int dirfd, void *path, void *handle, void *mount, int flags)",
);
const readFunction = libc.func("long read(int fd, void *to, size_t count)");
const openat2Function = libc.func("long syscall(long number, int dirfd, void *path, void *how, size_t size)");
const statxFunction = libc.func(
  "long syscall(long number, int dirfd, void *path, int flags, unsigned int mask, void *to)",
);
const readlinkatFunction = libc.func("long readlinkat(int dirfd, void *path, void *to, size_t count)");
const getxattrFunction = libc.func("long getxattr(void *path, void *name, void *to, size_t count)");

/** Declares a C function; undefined if the C library does not have it. */
function optional(prototype: string): ReturnType<typeof libc.func> | undefined {
  try {
    return libc.func(prototype);
  } catch {
    return undefined;
  }
}

const BPF_CALL: Record<string, number> = { x64: 321, arm64: 280 };
const EFD_NONBLOCK_CLOEXEC = 0o2004000;
const SC_PAGESIZE = 30;

/** Returns the memory address of bytes. Keep a reference to the bytes until the kernel no longer uses the address. */
export function addressOf(bytes: Uint8Array): bigint {
  return BigInt(koffi.address(bytes));
}

/** bpf(2): the result, or a negated errno. */
export function bpf(command: number, attributes: Uint8Array): number {
  const result = Number(syscallFunction(BPF_CALL[process.arch] ?? -1, command, attributes, attributes.length));
  return result < 0 ? -koffi.errno() : result;
}

export const Protection = { READ: 1, WRITE: 2 } as const;

/** A shared mapping of a descriptor. */
export interface Mapping {
  readonly memory: ArrayBuffer;
  /** Unmaps the memory. Do not use `memory` afterwards, because an access would crash the process. */
  unmap(): void;
}

export function mapShared(fd: number, offset: number, length: number, protection: number): Mapping {
  const MAP_SHARED = 1;
  const address: number | bigint = mmapFunction(null, length, protection, MAP_SHARED, fd, offset);
  if (Number(address) === -1) throw new Error(`mmap failed with error ${koffi.errno()}`);
  return {
    memory: koffi.view(BigInt(address), length),
    unmap: () => {
      munmapFunction(address, length);
    },
  };
}

/**
 * Releases the pages of an address range of a mapped file that is not written to. The next access reads them again.
 */
export function unmapPages(address: number, length: number): void {
  const MADV_DONTNEED = 4;
  madviseFunction(address, length, MADV_DONTNEED);
}

/**
 * Returns free memory of the C library to the system, including unused pages between allocations. Only for glibc.
 */
export function trimMemory(): void {
  trimFunction?.(0);
}

export function closeDescriptor(fd: number): void {
  closeFunction(fd);
}

/** Duplicates a descriptor, with close-on-exec set; -1 if that fails. */
export function duplicate(fd: number): number {
  const F_DUPFD_CLOEXEC = 1030;
  return Number(fcntlFunction(fd, F_DUPFD_CLOEXEC, "int", 0));
}

/** Creates an eventfd(2) descriptor, which {@link wake} makes readable. */
export function wakeDescriptor(): number {
  return eventfdFunction(0, EFD_NONBLOCK_CLOEXEC);
}

export function wake(fd: number): void {
  writeFunction(fd, new Uint8Array(new BigUint64Array([1n]).buffer), 8);
}

/**
 * Returns the set of descriptors to wait for, in the layout of poll(2).
 * @param changing descriptors of files in `/proc` that report changes; they follow the others in the set
 */
export function pollSet(fds: readonly number[], changing: readonly number[] = []): Uint8Array {
  const [POLLIN, POLLPRI] = [1, 2];
  const all = [...fds.map((fd) => [fd, POLLIN] as const), ...changing.map((fd) => [fd, POLLPRI] as const)];
  const set = new Uint8Array(Math.max(all.length * 8, 128));
  const view = new DataView(set.buffer);
  all.forEach(([fd, events], i) => {
    view.setInt32(i * 8, fd, true);
    view.setInt16(i * 8 + 4, events, true);
  });
  return set;
}

/** Whether poll(2) found the descriptor at this index of the set ready. */
export function isReady(set: Uint8Array, index: number): boolean {
  return new DataView(set.buffer).getInt16(index * 8 + 6, true) !== 0;
}

/** Calls `done` when one of the first `count` descriptors of the set is readable. Does not block the thread. */
export function waitReadable(set: Uint8Array, count: number, done: () => void): void {
  pollFunction.async(set, count, -1, done);
}

/**
 * Makes a system call that fails without effect, and that the probe records with the nonce. The prctl(2) option is
 * defined in probe/sensor.bpf.c.
 */
export function callCanary(nonce: bigint): void {
  const CANARY_OPTION = 0x45594153;
  prctlFunction(CANARY_OPTION, nonce, 0, 0, 0);
}

const [CLOCK_REALTIME, CLOCK_BOOTTIME] = [0, 7];

/** Returns the time since the machine was booted in nanoseconds, including suspended time. */
export function timeSinceBoot(): bigint {
  return clock(CLOCK_BOOTTIME);
}

/** Returns the boot time of the machine in nanoseconds since the epoch. */
export function bootTime(): bigint {
  return clock(CLOCK_REALTIME) - clock(CLOCK_BOOTTIME);
}

function clock(id: number): bigint {
  const time = new BigInt64Array(16);
  clockFunction(id, time);
  const [seconds = 0n, nanoseconds = 0n] = time;
  return seconds * 1_000_000_000n + nanoseconds;
}

/**
 * Blocks signals to this thread while `act` runs. The kernel aborts the verification of a program on any signal, such
 * as SIGCHLD or the signal of a profiler.
 */
export function withoutSignals<T>(act: () => T): T {
  const SIG_SETMASK = 2;
  const all = new Uint8Array(128).fill(0xff);
  const before = new Uint8Array(128);
  sigmaskFunction(SIG_SETMASK, all, before);
  try {
    return act();
  } finally {
    sigmaskFunction(SIG_SETMASK, before, null);
  }
}

export function pageSize(): number {
  return Number(sysconfFunction(SC_PAGESIZE));
}

/**
 * Removes the limit for locked memory, to which maps count before Linux 5.11.
 * @returns whether that is permitted
 */
export function raiseMemoryLimit(): boolean {
  const RLIMIT_MEMLOCK = 8;
  const limits = new BigUint64Array(16).fill(0xffff_ffff_ffff_ffffn);
  return setrlimitFunction(RLIMIT_MEMLOCK, limits) === 0;
}

const AT_FDCWD = -100;

/** fanotify_init(2): the descriptor, or a negated errno. */
export function fanotifyInit(flags: number): number {
  const O_RDONLY_CLOEXEC = 0o2000000; // the value of O_LARGEFILE, which 64-bit kernels imply, depends on the architecture
  const fd: number = fanotifyInitFunction(flags, O_RDONLY_CLOEXEC);
  return fd < 0 ? -koffi.errno() : fd;
}

/** fanotify_mark(2): 0, or a negated errno. @param path path with a NUL at its end */
export function fanotifyMark(fd: number, flags: number, mask: bigint, path: Uint8Array): number {
  return fanotifyMarkFunction(fd, flags, mask, AT_FDCWD, path) < 0 ? -koffi.errno() : 0;
}

/**
 * name_to_handle_at(2), without following a symbolic link at the end of the path.
 * @param handle a `struct file_handle` with its size in the first four bytes
 * @returns 0, or a negated errno
 */
export function nameToHandle(path: Uint8Array, handle: Uint8Array): number {
  const mount = new Uint8Array(8);
  return nameToHandleFunction(AT_FDCWD, path, handle, mount, 0) < 0 ? -koffi.errno() : 0;
}

/** read(2): the number of bytes, or a negated errno. */
export function readDescriptor(fd: number, to: Uint8Array): number {
  const count = Number(readFunction(fd, to, to.length));
  return count < 0 ? -koffi.errno() : count;
}

/** poll(2): blocks the thread for up to `timeout` milliseconds. Returns the number of ready descriptors. */
export function pollReadable(set: Uint8Array, count: number, timeout: number): number {
  return pollFunction(set, count, timeout);
}

/**
 * openat2(2) without symbolic links in any part of the path: the descriptor, or a negated errno.
 * @param path absolute path with a NUL at its end
 */
export function openWithoutLinks(path: Uint8Array, flags: number): number {
  const [RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS] = [2n, 4n];
  return resolved(AT_FDCWD, path, flags, RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS);
}

/**
 * openat2(2) of a path below a directory, which is the root for symbolic links and `..`: the descriptor, or a negated
 * errno. Fails if the path crosses a mount point or follows a magic link of `/proc`.
 * @param path relative path with a NUL at its end
 */
export function openInRoot(directory: number, path: Uint8Array, flags: number): number {
  const [RESOLVE_NO_XDEV, RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT] = [1n, 2n, 16n];
  return resolved(directory, path, flags, RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_IN_ROOT);
}

/**
 * openat2(2) of an entry of a directory, which may be a mount point: the descriptor, or a negated errno. Fails for
 * symbolic links.
 * @param name name with a NUL at its end
 */
export function openEntry(directory: number, name: Uint8Array, flags: number): number {
  const [RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH] = [4n, 8n];
  return resolved(directory, name, flags, RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
}

/**
 * openat2(2) of a file or symbolic link below a directory, without access to its content: the descriptor, or a negated
 * errno. Fails if a directory of the path is a symbolic link, or if the path is not in the kernel's cache.
 * @param path relative path with a NUL at its end
 */
export function openCached(directory: number, path: Uint8Array): number {
  const O_NOFOLLOW = process.arch === "arm64" ? 0o100000 : 0o400000;
  const [RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH, RESOLVE_CACHED] = [4n, 8n, 32n];
  return resolved(directory, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_CACHED);
}

function resolved(directory: number, path: Uint8Array, flags: number, resolve: bigint): number {
  const OPENAT2 = 437;
  const how = new BigUint64Array([BigInt(flags), 0n, resolve]);
  const fd = Number(openat2Function(OPENAT2, directory, path, how, how.byteLength));
  return fd < 0 ? -koffi.errno() : fd;
}

/**
 * statx(2) with the attributes in the kernel's cache, so that a network or user-space file system cannot block this
 * thread.
 * @param path path with a NUL at its end
 * @param to a `struct statx`, 256 bytes
 * @returns whether it succeeded
 */
export function statCached(path: Uint8Array, to: Uint8Array): boolean {
  const STATX = process.arch === "arm64" ? 291 : 332;
  const [AT_STATX_DONT_SYNC, STATX_BASIC_STATS] = [0x4000, 0x7ff];
  return Number(statxFunction(STATX, AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, to)) === 0;
}

/** Returns the target of the symbolic link that `fd` (O_PATH) refers to; undefined if it cannot be read. */
export function readLinkOf(fd: number): Uint8Array | undefined {
  const to = new Uint8Array(4096);
  const count = Number(readlinkatFunction(fd, new Uint8Array(1), to, to.length));
  return count < 0 ? undefined : to.subarray(0, count);
}

/** getxattr(2): the value; undefined if it cannot be read. `path` and `name` must have a NUL at their end. */
export function extendedAttribute(path: Uint8Array, name: Uint8Array): Uint8Array | undefined {
  const to = new Uint8Array(256);
  const count = Number(getxattrFunction(path, name, to, to.length));
  return count < 0 ? undefined : to.subarray(0, count);
}
