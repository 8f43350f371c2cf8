import type { Event } from "../../event/event.ts";
import { EventNote } from "../../event/event.ts";
import { EventFlag } from "../../event/schema.ts";
import type { SnapshotSink } from "../../event/snapshot.ts";
import { eventFlags } from "../../event/types.ts";
import type { Source } from "../../source/source.ts";
import { itemAt } from "../item-at.ts";
import type { Accounts } from "./accounts.ts";
import type { ScriptedProcess } from "./processes.ts";
import type { ScriptedEvent } from "./script.ts";

/** Number of bytes that the cursor may read past the end of an event. */
const SLACK = 16;

/** Returns the events of a test as an event source. */
export function scriptSource(
  events: readonly ScriptedEvent[],
  processes: readonly ScriptedProcess[],
  accounts: Accounts,
): Source {
  const buffers = events.map(({ bytes, hidden }) => {
    const padded = new Uint8Array(bytes.length + SLACK);
    padded.set(bytes);
    return { bytes: padded, hidden };
  });
  let next = 0;
  return {
    name: "syscall",
    startsWithEvents: true,
    snapshot: (sink: SnapshotSink) => {
      sink.machine(MACHINE);
      sink.accounts(accounts.users, accounts.groups);
      const there = processes.filter(({ madeByEvent }) => !madeByEvent);
      for (const { record } of there) sink.thread(record);
      for (const { pid, descriptors } of there) sink.descriptors(pid, descriptors);
    },
    next: (event: Event) => {
      const current = buffers[next];
      if (current === undefined) return false;
      const { bytes, hidden } = current;
      const view = new DataView(bytes.buffer);
      const large = (itemAt(eventFlags, view.getUint16(CODE_AT, true)) & EventFlag.largePayload) !== 0;
      event.place(bytes, view, 0, 0, large ? 4 : 2);
      event.flags = hidden ? EventNote.STATE_ONLY : 0;
      event.num = ++next;
      return true;
    },
    close: () => undefined,
  };
}

/** Offset of the event code in the header. */
const CODE_AT = 20;

const MACHINE = {
  cpus: 1,
  memoryBytes: 1n << 32n,
  maxPid: 4_194_304n,
  hostname: "test",
  bootTime: 0n,
  flags: 0n,
};
