import type {
  DescriptorRecord,
  GroupRecord,
  InterfaceRecord,
  MachineRecord,
  SnapshotSink,
  ThreadRecord,
  UserRecord,
} from "../event/snapshot.ts";

/** The content of a snapshot as lists, for tests and display. */
export interface CollectedSnapshot extends SnapshotSink {
  readonly machines: MachineRecord[];
  readonly threads: ThreadRecord[];
  readonly files: { pid: number; records: DescriptorRecord[] }[];
  readonly addresses: InterfaceRecord[];
  readonly users: UserRecord[];
  readonly groups: GroupRecord[];
}

/** Returns a sink that stores the snapshot in lists. */
export function collectSnapshot(): CollectedSnapshot {
  const collected: CollectedSnapshot = {
    machines: [],
    threads: [],
    files: [],
    addresses: [],
    users: [],
    groups: [],
    machine: (record) => void collected.machines.push(record),
    thread: (record) => void collected.threads.push(record),
    descriptors: (pid, records) => void collected.files.push({ pid, records }),
    interfaces: (records) => void collected.addresses.push(...records),
    accounts(users, groups) {
      collected.users.push(...users);
      collected.groups.push(...groups);
    },
  };
  return collected;
}
