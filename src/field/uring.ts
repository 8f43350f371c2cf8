import { paramCount } from "../event/types.ts";
import type { Observed } from "../machine/observed.ts";
import type { FieldClass } from "./catalogue.ts";
import { row } from "./row.ts";

/** The last parameter of io_uring events: ORIGIN_IO_URING of probe/uring.bpf.c, which is "RING" in bytes. */
const ORIGIN_IO_URING = 0x474e4952;

/** Whether an event is an io_uring operation. */
export function isIoUring(event: Pick<Observed, "count" | "type" | "length" | "u32">): boolean {
  const last = event.count - 1;
  return last >= paramCount[event.type]! && event.length(last) === 4 && event.u32(last) === ORIGIN_IO_URING;
}

/** Fields about io_uring operations. */
export const uringClass: FieldClass = {
  name: "evt",
  description: "Event",
  fields: [
    row(
      "evt.is_io_uring",
      "BOOL",
      isIoUring,
      "True if the operation was done through io_uring instead of the system call that evt.type names.",
    ),
  ],
};
