/** Constants in events and snapshots. The capture format defines them, so they are the same on all architectures. */

/** Flags in thread records and clone events. The table `clone_flags` contains the names of the printed flags. */
export const CloneFlag = {
  FILES: 1 << 0,
  FS: 1 << 1,
  IO: 1 << 2,
  NEWIPC: 1 << 3,
  NEWNET: 1 << 4,
  NEWNS: 1 << 5,
  NEWPID: 1 << 6,
  NEWUTS: 1 << 7,
  PARENT: 1 << 8,
  PARENT_SETTID: 1 << 9,
  PTRACE: 1 << 10,
  SIGHAND: 1 << 11,
  SYSVSEM: 1 << 12,
  THREAD: 1 << 13,
  UNTRACED: 1 << 14,
  VM: 1 << 15,
  /** The clone event of the child preceded the clone event of the parent. */
  INVERTED: 1 << 16,
  /** The name of the thread has changed, for example by an exec. */
  NAME_CHANGED: 1 << 17,
  /** The thread has exited. */
  CLOSED: 1 << 18,
  /** The thread has caused an event other than its clone. */
  ACTIVE: 1 << 19,
  NEWUSER: 1 << 20,
  PIPE_SRC: 1 << 21,
  PIPE_DST: 1 << 22,
  CHILD_CLEARTID: 1 << 23,
  CHILD_SETTID: 1 << 24,
  SETTLS: 1 << 25,
  STOPPED: 1 << 26,
  VFORK: 1 << 27,
  NEWCGROUP: 1 << 28,
  /** The child is not in the initial PID namespace. */
  CHILD_IN_PIDNS: 1 << 29,
  /** The thread is the main thread although its TID is not its PID. */
  IS_MAIN_THREAD: 1 << 30,
} as const;

/** Flags of open files, and of calls that open files. */
export const OpenFlag = {
  NONE: 0,
  RDONLY: 1 << 0,
  WRONLY: 1 << 1,
  RDWR: 3,
  CREAT: 1 << 2,
  APPEND: 1 << 3,
  DSYNC: 1 << 4,
  EXCL: 1 << 5,
  NONBLOCK: 1 << 6,
  SYNC: 1 << 7,
  TRUNC: 1 << 8,
  DIRECT: 1 << 9,
  DIRECTORY: 1 << 10,
  LARGEFILE: 1 << 11,
  CLOEXEC: 1 << 12,
  TMPFILE: 1 << 13,
  /** The call created the file. */
  F_CREATED: 1 << 14,
  /** The file is in the upper (writable) layer of an overlay. */
  FD_UPPER_LAYER: 1 << 15,
  FD_LOWER_LAYER: 1 << 16,
} as const;

/** Bits of the 16-bit flags of `creat` events. They correspond to the layer flags in {@link OpenFlag}. */
export const CreatFlag = { FD_UPPER_LAYER: 1 << 0, FD_LOWER_LAYER: 1 << 1 } as const;

/** Permission bits, and file types for mknod(2). */
export const Mode = {
  IXOTH: 1 << 0,
  IWOTH: 1 << 1,
  IROTH: 1 << 2,
  IXGRP: 1 << 3,
  IWGRP: 1 << 4,
  IRGRP: 1 << 5,
  IXUSR: 1 << 6,
  IWUSR: 1 << 7,
  IRUSR: 1 << 8,
  ISVTX: 1 << 9,
  ISGID: 1 << 10,
  ISUID: 1 << 11,
  IFIFO: 0o010000,
  IFCHR: 0o020000,
  IFBLK: 0o060000,
  IFREG: 0o100000,
  IFSOCK: 0o140000,
} as const;

/** Bits of the parameter `flags` of exec events. */
export const ExecFlag = { WRITABLE: 1 << 0, UPPER_LAYER: 1 << 1, FROM_MEMFD: 1 << 2, LOWER_LAYER: 1 << 3 } as const;

/** Transport protocols of socket descriptors. */
export const L4 = { UNKNOWN: 0, NA: 1, TCP: 2, UDP: 3, ICMP: 4, RAW: 5 } as const;

/** Value of a directory descriptor parameter for the current directory. */
export const AT_FDCWD = -100;

export const AtFlag = {
  SYMLINK_NOFOLLOW: 0x100,
  REMOVEDIR: 0x200,
  SYMLINK_FOLLOW: 0x400,
  NO_AUTOMOUNT: 0x800,
  EMPTY_PATH: 0x1000,
} as const;

/** Address families that the engine distinguishes. The table `socket_families` contains all address families. */
export const AddressFamily = { UNSPEC: 0, UNIX: 1, INET: 2, INET6: 10, NETLINK: 16, PACKET: 17 } as const;

/** Socket types of Linux, as in socket events. SOCK_NONBLOCK and SOCK_CLOEXEC may be set in addition. */
export const SocketType = { STREAM: 1, DGRAM: 2, RAW: 3, RDM: 4, SEQPACKET: 5, PACKET: 10 } as const;
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

/** IP protocols, by their IANA numbers. */
export const IpProtocol = { IP: 0, ICMP: 1, TCP: 6, UDP: 17, ICMPV6: 58, RAW: 255, MPTCP: 262 } as const;

export const ShutdownHow = { READ: 0, WRITE: 1, BOTH: 2 } as const;

export const FcntlCommand = {
  UNKNOWN: 0,
  DUPFD: 1,
  GETFD: 2,
  SETFD: 3,
  GETFL: 4,
  SETFL: 5,
  DUPFD_CLOEXEC: 26,
} as const;

/** Bits of the parameter `prot` of mmap and mprotect events. */
export const Protection = { NONE: 0, READ: 1 << 0, WRITE: 1 << 1, EXEC: 1 << 2 } as const;

export const PrctlOption = { SET_NAME: 15, GET_NAME: 16, SET_CHILD_SUBREAPER: 36, GET_CHILD_SUBREAPER: 37 } as const;

export const SocketOptionLevel = { UNKNOWN: 0, SOCKET: 1, TCP: 2 } as const;
export const SocketOption = { UNKNOWN: 0, ERROR: 4 } as const;

/** Values of the first byte of the `val` parameter of socket option events: the kind of the following value. */
export const SocketOptionValue = { BYTES: 0, ERRNO: 1, UINT32: 2, UINT64: 3, TIMEVAL: 4 } as const;

export const PtraceRequest = {
  UNKNOWN: 0,
  TRACEME: 1,
  PEEKTEXT: 2,
  PEEKDATA: 3,
  PEEKUSR: 4,
  POKETEXT: 5,
  POKEDATA: 6,
  POKEUSR: 7,
  CONT: 8,
  KILL: 9,
  SINGLESTEP: 10,
  ATTACH: 11,
  DETACH: 12,
  SYSCALL: 13,
  SETOPTIONS: 14,
  SEIZE: 20,
} as const;

export const CloseRangeFlag = { UNSHARE: 1 << 1, CLOEXEC: 1 << 2 } as const;

export const RENAME_EXCHANGE = 1 << 1;

/** Value of a UID or GID parameter if there is no ID. */
export const NO_ID = 0xffffffff;
