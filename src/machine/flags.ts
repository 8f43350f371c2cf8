/** Bits and numbers of the event format that the machine's state depends on. */

/** Bits of a thread's flags: those of `clone`, and what is remembered of the thread. */
export const ThreadFlag = {
  /** Shares its descriptors with the main thread. */
  cloneFiles: 1 << 0,
  cloneNewPid: 1 << 6,
  cloneParent: 1 << 8,
  cloneThread: 1 << 13,
  /** Made known by the child's side of the clone. */
  inverted: 1 << 16,
  nameChanged: 1 << 17,
  /** Has exited. */
  closed: 1 << 18,
  active: 1 << 19,
  cloneNewUser: 1 << 20,
  /** Its output, or input, was put on another descriptor: it is part of a pipeline. */
  pipeSource: 1 << 21,
  pipeTarget: 1 << 22,
  cloneVfork: 1 << 27,
  childInPidNamespace: 1 << 29,
  mainThread: 1 << 30,
} as const;

/** Bits of `Descriptor.openFlags`. */
export const OpenFlag = {
  read: 1 << 0,
  write: 1 << 1,
  directory: 1 << 10,
  closeOnExec: 1 << 12,
  created: 1 << 14,
  upperLayer: 1 << 15,
  lowerLayer: 1 << 16,
} as const;

/** Bits of the flags that `creat` carries in a parameter of their own. */
export const CreatFlag = { upperLayer: 1 << 0, lowerLayer: 1 << 1 } as const;

/** Bits of `execve`'s flags. */
export const ExeFlag = { writable: 1 << 0, upperLayer: 1 << 1, fromMemfd: 1 << 2, lowerLayer: 1 << 3 } as const;

export const EPOLL_CLOEXEC = 1;
export const MFD_CLOEXEC = 1;
export const CLOSE_RANGE_CLOEXEC = 1 << 2;
export const EXECVEAT_EMPTY_PATH = 1;

/** The directory descriptor that stands for the working directory. */
export const AT_FDCWD = -100;

export const Fcntl = { dupfd: 1, setfd: 3, dupfdCloexec: 26 } as const;
/** The bit of F_SETFD's argument. */
export const FD_CLOEXEC = 1;

export const RLIMIT_NOFILE = 7;

export const Prctl = { setChildSubreaper: 36, getChildSubreaper: 37 } as const;

export const Family = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;

/** Transport protocols as captures and descriptors number them. */
export const L4 = { unknown: 0, none: 1, tcp: 2, udp: 3, icmp: 4, raw: 5 } as const;

/** All capabilities that there are. */
export const ALL_CAPABILITIES = (1n << 41n) - 1n;

/** Linux: what a call that goes on in the background answers. */
export const EINPROGRESS = 115;

/** What text parameters read as where the kernel gave none. */
export const MISSING = "<NA>";
