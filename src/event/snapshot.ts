/**
 * The state of a machine at one moment: the records at the start of a capture, or of a scan of `/proc`. The capture
 * reader and the scan produce them; the machine and the capture writer consume them. Text is stored as byte strings
 * (see bytes.ts). IDs are valid on the host unless stated otherwise; -1 if unknown.
 */

export interface MachineRecord {
  cpus: number;
  memoryBytes: bigint;
  maxPid: bigint;
  hostname: string;
  /** Nanoseconds since the epoch. */
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
  /** Arguments from argv[1] on, each terminated by NUL, as in the kernel. */
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
  /** Nanoseconds since the epoch. */
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
  // The capture format lacks the following properties: see `OWN_FIELDS` in capture/records.ts.
  /** Nanoseconds since the epoch. */
  cloneTime: bigint;
  /** Path of the executable in its file system, independent of mounts; "" if the sensor did not report it. */
  realExepath?: string;
  /** Whether a user other than root could write the executable when it was started. */
  exeWritableByUser?: boolean;
  /** The path that was passed to exec; "" if unknown. */
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
  /** Path of a file, name of a Unix socket, or the text in `/proc` for other kinds. */
  name: string;
  /** For files: PPM_O_* bits. */
  flags: number;
  mountId: number;
  dev: number;
  /** Addresses are byte strings of 4 or 16 bytes in network order. Listening sockets use the source side. */
  sip: string;
  dip: string;
  sport: number;
  dport: number;
  /** SCAP_L4_*: 0 unknown, 1 n/a, 2 tcp, 3 udp, 4 icmp, 5 raw. */
  l4: number;
  /** For Unix sockets: kernel addresses of the two ends. */
  unixSource: bigint;
  unixDestination: bigint;
  /**
   * For files: the path that the kernel resolved; "" if no rule watches it, undefined if the sensor did not report it.
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

/** Receives the parts of a snapshot in recorded order. */
export interface SnapshotSink {
  /** Begins a new snapshot, since capture files can be concatenated. */
  restart?(): void;
  machine(record: MachineRecord): void;
  thread(record: ThreadRecord): void;
  /** Adds descriptors to process `pid`, whose thread record precedes them. */
  descriptors(pid: number, records: DescriptorRecord[]): void;
  interfaces(records: InterfaceRecord[]): void;
  accounts(users: UserRecord[], groups: GroupRecord[]): void;
}
