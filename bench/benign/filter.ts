import { CaptureWriter } from "../../src/capture/writer.ts";
import { EventCode } from "../../src/event/code.ts";
import { Event } from "../../src/event/event.ts";
import type { SnapshotSink } from "../../src/event/snapshot.ts";
import { createOutput } from "../../src/source/capture/output.ts";
import { openCapture } from "../../src/source/capture/source.ts";

/** Events for a new thread, one in the parent and one in the child. */
const clones: ReadonlySet<number> = new Set([
  EventCode.CLONE_20_X,
  EventCode.CLONE3_X,
  EventCode.FORK_20_X,
  EventCode.VFORK_20_X,
]);
/** Indexes of parameters of these events. */
const P = { result: 0, pid: 4, ptid: 5 } as const;

/** Accounts with lower IDs belong to the distribution. */
const FIRST_PERSON = 1000;

/**
 * Copies the events of a process and its descendants from one capture to another, without other processes, personal
 * accounts and the addresses of the machine. Children are identified by their clone event, so daemons are included.
 * @param root host PID of a process that started during the capture
 * @returns number of events
 */
export function keepDescendants(from: string, to: string, root: number): number {
  const source = openCapture(from);
  const output = createOutput(to, true);
  const writer = new CaptureWriter(output);
  const members = new Set([root]);
  const event = new Event();
  try {
    source.snapshot(onlySystem(writer));
    while (source.next(event)) {
      const { tid } = event;
      if (clones.has(event.type) && event.i64(P.result) === 0)
        if (members.has(event.i64(P.ptid)) || members.has(event.i64(P.pid))) members.add(tid);
      if (!members.has(tid)) continue;
      writer.event(event);
      if (event.type === EventCode.PROCEXIT_1_E) members.delete(tid);
    }
    writer.flush();
  } finally {
    source.close();
    output.close();
  }
  return writer.count;
}

/** Writes only the data of the machine, with another hostname, and the accounts of its distribution. */
function onlySystem(writer: CaptureWriter): SnapshotSink {
  return {
    machine: (record) => writer.machine({ ...record, hostname: "benign" }),
    thread() {},
    descriptors() {},
    interfaces() {},
    accounts: (users, groups) =>
      writer.accounts(
        users.filter(({ uid }) => uid < FIRST_PERSON || uid === 65534),
        groups.filter(({ gid }) => gid < FIRST_PERSON || gid === 65534),
      ),
  };
}
