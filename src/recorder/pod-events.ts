import { EVENT_TYPES, EventCode } from "../event/code.ts";
import type { Event } from "../event/event.ts";
import { Origin } from "../event/schema.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { eventCategory } from "../event/types.ts";
import { identityOfAll } from "../machine/container-id.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";

/** Event types that start a process, change its container or end it. */
const observed = new Uint8Array(EVENT_TYPES);
for (const code of [
  ...[EventCode.CLONE_20_X, EventCode.CLONE3_X, EventCode.FORK_20_X, EventCode.VFORK_20_X],
  ...[EventCode.EXECVE_19_X, EventCode.EXECVEAT_X, EventCode.PROCEXIT_1_E],
])
  observed[code] = 1;

/** Selects the events of a pod by the pod UID in the cgroups of processes. */
export class PodEvents {
  private readonly uid: string;
  private readonly machine = new Machine();
  private readonly event = new Observed(this.machine);

  constructor(uid: string) {
    this.uid = uid.toLowerCase().replaceAll("_", "-");
  }

  /** Returns a sink that forwards a snapshot to `sink`, and tracks the processes of the snapshot. */
  with(sink: SnapshotSink): SnapshotSink {
    const { machine } = this;
    return {
      restart() {
        machine.restart();
        sink.restart?.();
      },
      machine: (record) => sink.machine(record),
      thread(record) {
        machine.thread(record);
        sink.thread(record);
      },
      descriptors: (pid, records) => sink.descriptors(pid, records),
      interfaces: (records) => sink.interfaces(records),
      accounts: (users, groups) => sink.accounts(users, groups),
    };
  }

  /** Whether an event belongs to the pod or describes the machine. Must be called with all events in order. */
  has(event: Event): boolean {
    if ((eventCategory[event.type]! & Origin.meta) !== 0) return true; // undefined for unknown types
    if (observed[event.type] !== 1) return this.isOfPod(event.tid);
    const { machine, event: cursor } = this;
    cursor.place(event.bytes, event.view, event.at, event.cpu, event.lengthSize);
    cursor.flags = event.flags;
    machine.observe(cursor);
    const isOfPod = this.isOfPod(event.tid);
    machine.settle(cursor);
    return isOfPod;
  }

  private isOfPod(tid: number): boolean {
    const thread = this.machine.threads.get(tid);
    return thread !== undefined && identityOfAll(thread.cgroups).podUid === this.uid;
  }
}
