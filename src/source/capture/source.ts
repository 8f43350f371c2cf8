import { CaptureReader } from "../../capture/reader.ts";
import type { Event } from "../../event/event.ts";
import type { SnapshotSink } from "../../event/snapshot.ts";
import type { Source } from "../source.ts";
import { openInput } from "./input.ts";

/** A capture file as a source of events. */
export interface CaptureSource extends Source {
  /** Description of the damage to the file. Set after `next` has returned false; undefined if there is no damage. */
  readonly warning: string | undefined;
  /** Number of events that `next` has returned. */
  readonly count: number;
}

/**
 * Opens a capture (`.scap`, plain or gzip).
 *
 * @throws Error that names the file, if it cannot be opened
 */
export function openCapture(path: string): CaptureSource {
  const input = openInput(path);
  const reader = new CaptureReader(input);
  let open = true;
  return {
    name: "syscall",
    snapshot: (sink: SnapshotSink) => reader.snapshot(sink),
    next: (event: Event) => reader.next(event),
    get warning() {
      return reader.warning;
    },
    get count() {
      return reader.count;
    },
    close() {
      if (open) input.close();
      open = false;
    },
  };
}
