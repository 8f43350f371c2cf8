import type {
  DescriptorRecord,
  GroupRecord,
  InterfaceRecord,
  MachineRecord,
  SnapshotSink,
  ThreadRecord,
  UserRecord,
} from "../event/snapshot.ts";
import type { Observed } from "./observed.ts";
import type { Thread } from "./thread.ts";

/** What is known of the machine an event stream comes from. */
export class Machine implements SnapshotSink {
  readonly threads = new Map<number, Thread>();
  readonly users = new Map<number, UserRecord>();
  readonly groups = new Map<number, GroupRecord>();
  info: MachineRecord | undefined;

  machine(record: MachineRecord): void {
    this.info = record;
  }
  thread(_record: ThreadRecord): void {}
  descriptors(_pid: number, _records: DescriptorRecord[]): void {}
  interfaces(_records: InterfaceRecord[]): void {}
  accounts(_users: UserRecord[], _groups: GroupRecord[]): void {}

  /** Applies what the event says to what is known, and sets the event's thread and descriptor. */
  observe(_event: Observed): void {}

  /** What can only be done once the event has been judged (forget a closed descriptor, a dead thread). */
  settle(_event: Observed): void {}
}
