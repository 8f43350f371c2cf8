import { EVENT_TYPES, EventCode } from "../event/code.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { Machine, type MachineHooks } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { isMainThread } from "../machine/thread.ts";
import { watchAccounts } from "./account-events.ts";

/** Types of events that may show the first process with a user or a group, or whose effect on threads is needed for that. */
const observed = new Uint8Array(EVENT_TYPES);
for (const code of [
  ...[EventCode.CLONE_20_X, EventCode.CLONE3_X, EventCode.FORK_20_X, EventCode.VFORK_20_X],
  ...[EventCode.EXECVE_19_X, EventCode.EXECVEAT_X, EventCode.PROCEXIT_1_E, EventCode.CHROOT_X, EventCode.PRCTL_X],
  ...[EventCode.SETUID_X, EventCode.SETREUID_X, EventCode.SETRESUID_X],
  ...[EventCode.SETGID_X, EventCode.SETREGID_X, EventCode.SETRESGID_X],
])
  observed[code] = 1;

/** Follows the processes of a live source that is copied to a capture, for events of the accounts in their files. */
export class RecordedAccounts {
  /** The cursor for the events of the source. */
  readonly event: Observed;
  private readonly machine: Machine;
  private time = BigInt(Date.now()) * 1_000_000n;

  /** @param pass receives events that belong before the one that is passed to {@link see} */
  constructor({ lookup, accounts, isAlive }: MachineHooks, pass: (code: number, bytes: Uint8Array) => void) {
    this.machine = new Machine({
      ...(lookup && { lookup }),
      ...(accounts && { accounts }),
      ...(isAlive && { isAlive }),
    });
    this.event = new Observed(this.machine);
    watchAccounts(this.machine, () => this.time, pass);
  }

  /** A sink that passes a snapshot on to another. */
  with(sink: SnapshotSink): SnapshotSink {
    const { machine } = this;
    return {
      machine(record) {
        machine.machine(record);
        sink.machine(record);
      },
      thread(record) {
        machine.thread(record);
        sink.thread(record);
      },
      descriptors: (pid, records) => sink.descriptors(pid, records),
      interfaces: (records) => sink.interfaces(records),
      accounts(users, groups) {
        machine.accounts(users, groups);
        sink.accounts(users, groups);
      },
    };
  }

  /** Passes the accounts of processes in the snapshot. @param pause called after each process of a container */
  begin(pause: () => void): void {
    const { machine } = this;
    for (const thread of machine.threads.values()) {
      if (!isMainThread(thread)) continue;
      const id = machine.containerOf(thread);
      if (id === "") continue;
      machine.meet(id, thread);
      pause();
    }
  }

  /** Passes the accounts of a container that could not be read at the beginning. To be called regularly between events. */
  continue(): void {
    this.machine.readAccounts();
  }

  /** To be called with each event of {@link event}. */
  see(): void {
    const { event, machine } = this;
    if (observed[event.type] !== 1) return;
    this.time = event.time;
    machine.observe(event);
    machine.settle(event);
  }
}
