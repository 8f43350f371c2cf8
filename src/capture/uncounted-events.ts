import { EVENT_TYPES, EventCode } from "../event/code.ts";
import { type Event, HEADER_SIZE } from "../event/event.ts";
import { paramCount } from "../event/types.ts";

/** Size of an event header in the oldest captures, which lacks the number of parameters. */
const OLD_HEADER = HEADER_SIZE - 4;

/** Event types for which some old recorders wrote a length that is three bytes too large. */
const miscounted: ReadonlySet<number> = new Set([EventCode.NOTIFICATION_E, EventCode.INFRASTRUCTURE_EVENT_E]);

/** Adds the number of parameters to events of the oldest captures, which lack it. */
export class UncountedEvents {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);

  /**
   * Points `event` at a copy of the event at `at`, whose block ends at `end`.
   * @returns `unknown` if the type belongs to a newer schema, `broken` if lengths are inconsistent
   */
  place(
    event: Event,
    from: Uint8Array,
    view: DataView,
    at: number,
    end: number,
    cpu: number,
  ): "placed" | "unknown" | "broken" {
    if (end - at < OLD_HEADER) return "broken";
    const type = view.getUint16(at + 20, true);
    if (type >= EVENT_TYPES) return "unknown";
    let size = view.getUint32(at + 16, true);
    if (miscounted.has(type)) size -= 3;
    if (size < OLD_HEADER || size > end - at) return "broken";
    const count = countParams(view, at + OLD_HEADER, at + size, paramCount[type]!);
    if (count < 0) return "broken";
    if (size + 4 + 64 > this.bytes.length) {
      this.bytes = new Uint8Array(size + 4 + 64);
      this.view = new DataView(this.bytes.buffer);
    }
    this.bytes.set(from.subarray(at, at + OLD_HEADER));
    this.bytes.set(from.subarray(at + OLD_HEADER, at + size), HEADER_SIZE);
    this.view.setUint32(16, size + 4, true);
    this.view.setUint32(OLD_HEADER, count, true);
    return event.placeWithin(this.bytes, this.view, 0, size + 4, cpu, 2) ? "placed" : "broken";
  }
}

/**
 * Returns the number of parameters, at most `most`, for which lengths and data exactly fill the bytes from `from` to
 * `end`; -1 if there is no such number.
 */
function countParams(view: DataView, from: number, end: number, most: number): number {
  for (let count = most; count >= 0; count--) {
    let at = from + 2 * count;
    if (at > end) continue;
    for (let i = 0; i < count; i++) at += view.getUint16(from + 2 * i, true);
    if (at === end) return count;
    if (at < end) return -1;
  }
  return -1;
}
