/**
 * The state of a machine at one moment: the records before the events of a capture, or of a scan of `/proc`. The
 * capture reader and the scan produce them; the machine and the capture writer consume them. Text is byte strings (see
 * bytes.ts). Ids are host ids unless stated otherwise; -1 if unknown.
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
  /** The parent's thread id. */
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
  /** argv[1…], each terminated by NUL, as in the kernel. */
  args: string;
  /** Environment, each `NAME=value` terminated by NUL. */
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
  /** `subsystem=path`, each terminated by NUL. */
  cgroups: string;
  tty: number;
  // The format of captures has no place for these: see `OWN_FIELDS` in capture/records.ts.
  /** Nanoseconds since the epoch. */
  cloneTime: bigint;
  /** The path of the executable whatever is mounted for the process; "" if the sensor did not report it. */
  realExepath?: string;
  /** Whether a user other than root could write the executable when it was started. */
  exeWritableByUser?: boolean;
  /** The path that exec was called with; "" if unknown. */
  filename?: string;
}

/** The numbers are those of the capture format. */
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
  /** Path, name of a unix socket, or the text in `/proc` for other kinds. */
  name: string;
  /** PPM_O_* bits (files). */
  flags: number;
  mountId: number;
  dev: number;
  /** Addresses as byte strings of 4 or 16 bytes in network order; servers use the source side. */
  sip: string;
  dip: string;
  sport: number;
  dport: number;
  /** SCAP_L4_*: 0 unknown, 1 n/a, 2 tcp, 3 udp, 4 icmp, 5 raw. */
  l4: number;
  /** Kernel addresses of the two ends of a unix socket. */
  unixSource: bigint;
  unixDestination: bigint;
  /** The path that the kernel resolved (files); "" if no rule watches it, undefined if the sensor did not report it. */
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

/** Receives a snapshot piece by piece, in recorded order. */
export interface SnapshotSink {
  /** The previous pieces belong to another capture: files can be concatenated. */
  restart?(): void;
  machine(record: MachineRecord): void;
  thread(record: ThreadRecord): void;
  /** Descriptors of process `pid`, after its thread record; they add to earlier ones. */
  descriptors(pid: number, records: DescriptorRecord[]): void;
  interfaces(records: InterfaceRecord[]): void;
  accounts(users: UserRecord[], groups: GroupRecord[]): void;
}
