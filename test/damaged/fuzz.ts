import { CaptureReader } from "../../src/capture/reader.ts";
import { Event } from "../../src/event/event.ts";
import type { SnapshotSink } from "../../src/event/snapshot.ts";
import { mutate } from "./mutate-capture.ts";
import { seeded } from "./random.ts";

/** Receives the state and the events of a damaged capture. Each capture has a new victim. */
export interface Victim {
  readonly sink: SnapshotSink;
  event(event: Event): void;
}

export interface FuzzResult {
  captures: number;
  events: number;
  /** Number of captures whose reading ended with a warning. */
  warned: number;
}

/**
 * Reads `count` damaged captures, made from `captures`, and passes each to a new victim.
 *
 * @param seed seed of the first capture; equal seeds result in equal captures
 * @throws Error with the number and seed of the capture, if something throws or does not end
 */
export function fuzz(captures: readonly Uint8Array[], count: number, seed: number, victim: () => Victim): FuzzResult {
  const result: FuzzResult = { captures: 0, events: 0, warned: 0 };
  for (let i = 0; i < count; i++) {
    const bytes = mutant(captures, seed + i);
    try {
      const { events, warning } = feed(bytes, victim());
      result.events += events;
      if (warning !== undefined) result.warned++;
    } catch (error) {
      throw new Error(`damaged capture ${i} (seed ${seed + i}): ${String(error)}`, { cause: error });
    }
    result.captures++;
  }
  return result;
}

/** Returns the damaged capture for a seed. */
export function mutant(captures: readonly Uint8Array[], seed: number): Uint8Array {
  const random = seeded(seed);
  return mutate(captures[random.below(captures.length)]!, random, 1 << (8 + random.below(7)));
}

/** Reads a capture to its end and passes it to `victim`. */
export function feed(bytes: Uint8Array, victim: Victim): { events: number; warning: string | undefined } {
  let at = 0;
  const reader = new CaptureReader({
    read(into, from, to) {
      const size = Math.min(to - from, bytes.length - at);
      into.set(bytes.subarray(at, at + size), from);
      at += size;
      return size;
    },
  });
  reader.snapshot(victim.sink);
  const event = new Event();
  let events = 0;
  while (reader.next(event)) {
    // An event has more than one byte, so more events than bytes would mean that the reader loops.
    if (++events > bytes.length) throw new Error("reading does not end");
    victim.event(event);
  }
  if (reader.next(event)) throw new Error("an event comes after the end");
  return { events, warning: reader.warning };
}
