/**
 * Records of the state of a machine at one time, from the beginning of a capture or from a scan of `/proc`. The capture
 * reader and the scan produce them; the machine and the capture writer consume them. Text is stored as byte strings
 * (see bytes.ts). IDs are relative to the host's namespaces, except `vtid`, `vpid` and `vpgid`; -1 if unknown.
 */

export interface MachineRecord {
  cpus: number;
  memoryBytes: bigint;
  maxPid: bigint;
  hostname: string;
  /** Time at which the machine was booted, nanoseconds since the epoch. */
  bootTime: bigint;
  flags: bigint;
}

export interface ThreadRecord {
  tid: number;
  pid: number;
  /** Thread ID of the parent. */
  ptid: number;
  sid: number;
  pgid: number;
  vpgid: number;
  vtid: number;
  vpid: number;
  comm: string;
  /** argv[0] */
  exe: string;
  exepath: string;
  exeWritable: boolean;
  exeUpperLayer: boolean;
  exeLowerLayer: boolean;
  exeFromMemfd: boolean;
  /** Arguments after argv[0], each terminated by NUL. */
  args: string;
  /** Environment: `NAME=value` strings, each terminated by NUL. */
  env: string;
  cwd: string;
  root: string;
  fdlimit: number;
  /** PPM_CL_* bits. */
  flags: number;
  uid: number;
  gid: number;
  loginuid: number;
  capPermitted: bigint;
  capEffective: bigint;
  capInheritable: bigint;
  exeIno: bigint;
  /** Change time and modification time of the executable, nanoseconds since the epoch. */
  exeInoCtime: bigint;
  exeInoMtime: bigint;
  vmsizeKb: number;
  vmrssKb: number;
  vmswapKb: number;
  pfmajor: number;
  pfminor: number;
  pidnsInitStart: bigint;
  /** Cgroups: `subsystem=path` strings, each terminated by NUL. */
  cgroups: string;
  tty: number;
  // The following properties are not in the capture format. They are stored as Eyas-specific fields (`OWN_FIELDS`).
  /** Time at which the thread was created, nanoseconds since the epoch. */
  cloneTime: bigint;
  /** Path of the executable below the root of its file system; "" if the sensor did not report it. */
  realExepath?: string;
  /** Whether the user of the thread was not root and could write to the executable when it was started. */
  exeWritableByUser?: boolean;
  /** Path that was passed to execve(2); "" if unknown. */
  filename?: string;
}

/** Kinds of descriptors, with the numbers of the capture format. */
export const FdKind = {
  unknown: 0,
  file: 1,
  directory: 2,
  ipv4: 3,
  ipv6: 4,
  ipv4Server: 5,
  ipv6Server: 6,
  fifo: 7,
  unix: 8,
  event: 9,
  unsupported: 10,
  signal: 11,
  eventpoll: 12,
  inotify: 13,
  timer: 14,
  netlink: 15,
  fileV2: 16,
  bpf: 17,
  userfault: 18,
  iouring: 19,
  memfd: 20,
  pidfd: 21,
} as const;
export type FdKind = (typeof FdKind)[keyof typeof FdKind];

export interface DescriptorRecord {
  fd: number;
  ino: bigint;
  kind: FdKind;
  /** Path of a file, name of a Unix socket, or text in `/proc` for other kinds. */
  name: string;
  /** For files: PPM_O_* bits. */
  flags: number;
  mountId: number;
  dev: number;
  /** Source address, as a byte string of 4 or 16 bytes in network order. Listening sockets have only a source. */
  sip: string;
  dip: string;
  sport: number;
  dport: number;
  /** SCAP_L4_*: 0 unknown, 1 n/a, 2 tcp, 3 udp, 4 icmp, 5 raw. */
  l4: number;
  /** For Unix sockets: addresses of both sockets in kernel memory. */
  unixSource: bigint;
  unixDestination: bigint;
  /**
   * For files: path that the kernel resolved; "" if no rule watches the file, undefined if the sensor did not report
   * the path.
   */
  realPath?: string;
}

export interface InterfaceRecord {
  name: string;
  address: string;
  netmask: string;
  broadcast: string;
  linkSpeed: bigint;
}

export interface UserRecord {
  uid: number;
  gid: number;
  name: string;
  home: string;
  shell: string;
}

export interface GroupRecord {
  gid: number;
  name: string;
}

/** Receives the records of a snapshot in the order of a capture. */
export interface SnapshotSink {
  /** Begins a new snapshot. Called when a file contains several captures. */
  restart?(): void;
  machine(record: MachineRecord): void;
  thread(record: ThreadRecord): void;
  /** Adds descriptors to a process. The thread records of the process precede its descriptors. */
  descriptors(pid: number, records: DescriptorRecord[]): void;
  interfaces(records: InterfaceRecord[]): void;
  accounts(users: UserRecord[], groups: GroupRecord[]): void;
}
