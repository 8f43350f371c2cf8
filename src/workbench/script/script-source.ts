import type { Event } from "../../event/event.ts";
import { EventNote } from "../../event/event.ts";
import { EventFlag } from "../../event/schema.ts";
import type { SnapshotSink } from "../../event/snapshot.ts";
import { eventFlags } from "../../event/types.ts";
import type { Source } from "../../source/source.ts";
import type { Actor } from "./cast.ts";
import type { People } from "./people.ts";
import type { Written } from "./script.ts";

/** The cursor reads so far behind an event. */
const SLACK = 16;

/** What a test wrote as a source of events. */
export function scriptSource(events: readonly Written[], actors: readonly Actor[], people: People): Source {
  const buffers = events.map(({ bytes }) => {
    const padded = new Uint8Array(bytes.length + SLACK);
    padded.set(bytes);
    return padded;
  });
  let next = 0;
  return {
    name: "syscall",
    snapshot: (sink: SnapshotSink) => {
      sink.machine(MACHINE);
      sink.accounts(people.users, people.groups);
      const there = actors.filter(({ unborn }) => !unborn);
      for (const { record } of there) sink.thread(record);
      for (const { pid, descriptors } of there) sink.descriptors(pid, descriptors);
    },
    next: (event: Event) => {
      if (next >= buffers.length) return false;
      const bytes = buffers[next];
      const view = new DataView(bytes.buffer);
      const large = (eventFlags[view.getUint16(CODE_AT, true)] & EventFlag.largePayload) !== 0;
      event.place(bytes, view, 0, 0, large ? 4 : 2);
      event.flags = events[next].hidden ? EventNote.STATE_ONLY : 0;
      event.num = ++next;
      return true;
    },
    close: () => undefined,
  };
}

/** Where a header holds the event's code. */
const CODE_AT = 20;

const MACHINE = {
  cpus: 1,
  memoryBytes: 1n << 32n,
  maxPid: 4_194_304n,
  hostname: "test",
  bootTime: 0n,
  flags: 0n,
};
