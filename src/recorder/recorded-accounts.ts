import { EVENT_TYPES, EventCode } from "../event/code.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { Machine, type MachineHooks } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { isMainThread } from "../machine/thread.ts";
import { watchAccounts } from "./account-events.ts";

/** Event types that can introduce a new user or group, or that change the threads of containers. */
const observed = new Uint8Array(EVENT_TYPES);
for (const code of [
  ...[EventCode.CLONE_20_X, EventCode.CLONE3_X, EventCode.FORK_20_X, EventCode.VFORK_20_X],
  ...[EventCode.EXECVE_19_X, EventCode.EXECVEAT_X, EventCode.PROCEXIT_1_E, EventCode.CHROOT_X, EventCode.PRCTL_X],
  ...[EventCode.SETUID_X, EventCode.SETREUID_X, EventCode.SETRESUID_X],
  ...[EventCode.SETGID_X, EventCode.SETREGID_X, EventCode.SETRESGID_X],
])
  observed[code] = 1;

/**
 * Tracks the processes of a live source that is recorded to a capture, and adds events for the accounts in containers.
 */
export class RecordedAccounts {
  /** Cursor with which the events of the source must be read. */
  readonly event: Observed;
  private readonly machine: Machine;
  private time = BigInt(Date.now()) * 1_000_000n;

  /** @param pass called with account events, which must precede the current event in the capture */
  constructor({ lookup, accounts, isAlive }: MachineHooks, pass: (code: number, bytes: Uint8Array) => void) {
    this.machine = new Machine({
      ...(lookup && { lookup }),
      ...(accounts && { accounts }),
      ...(isAlive && { isAlive }),
    });
    this.event = new Observed(this.machine);
    watchAccounts(this.machine, () => this.time, pass);
  }

  /** Returns a sink that forwards a snapshot to `sink`, and tracks the processes and accounts of the snapshot. */
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

  /**
   * Reports the accounts of processes in containers of the snapshot.
   * @param pause called after each process in a container
   */
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

  /** Reads the accounts of one container that was already running. Must be called regularly between events. */
  continue(): void {
    this.machine.readAccounts();
  }

  /** Processes the current event of {@link event}. Must be called for each event. */
  see(): void {
    const { event, machine } = this;
    if (observed[event.type] !== 1) return;
    this.time = event.time;
    machine.observe(event);
    machine.settle(event);
  }
}
