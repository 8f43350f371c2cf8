// Passes events to the flight recorder at a fixed rate, and prints how long before a match a capture begins, and the
// CPU time. The events are from the sample capture, first unchanged and then with random bytes as data and paths.
//
//   npm run bench:recorder [-- --rate 100000] [-- --size 67108864] [-- --seconds 60]
import { randomFillSync } from "node:crypto";
import { scriptOptions } from "../scripts/options.ts";
import { sample } from "../src/agent/home.ts";
import { Event, HEADER_SIZE } from "../src/event/event.ts";
import { Machine } from "../src/machine/machine.ts";
import { EventRing } from "../src/recorder/event-ring.ts";
import { openCapture } from "../src/source/capture/source.ts";
import type { Source } from "../src/source/source.ts";
import { scanMachine } from "../src/source/syscall/proc/scan.ts";

const { rate, size, seconds } = scriptOptions(import.meta.filename, { rate: 100_000, size: 64 << 20, seconds: 60 });
/** Interval between two batches, in milliseconds. */
const BATCH = 10;
/** Longer than the run, so that only the memory limit applies. */
const BEFORE = 1e9;

interface Stored {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly flags: number;
  readonly lengthSize: 2 | 4;
}

/** @param random returns how many bytes at the end of an event become random, given its size */
function eventsOf(random: (size: number) => number): Stored[] {
  const source = openCapture(sample() ?? "");
  source.snapshot(new Machine());
  const event = new Event();
  const events: Stored[] = [];
  while (source.next(event)) {
    const bytes = event.bytes.slice(event.at, event.at + event.size);
    const noise = Math.min(random(bytes.length), bytes.length - HEADER_SIZE - event.count * event.lengthSize);
    if (noise > 0) randomFillSync(bytes, bytes.length - noise);
    events.push({ bytes, view: new DataView(bytes.buffer), flags: event.flags, lengthSize: event.lengthSize });
  }
  return events;
}

/** Repeats the events with increasing times, up to the number that is due. */
function paced(events: readonly Stored[]): Source & { due: number; bytes: number } {
  let number = 0;
  let time = BigInt(Date.now()) * 1_000_000n;
  const step = BigInt(Math.round(1e9 / rate));
  return {
    ...{ name: "syscall", due: 0, bytes: 0, snapshot() {}, close() {} },
    next(event) {
      if (number >= this.due) return false;
      const { bytes, view, flags, lengthSize } = events[number++ % events.length]!;
      time += step;
      view.setBigUint64(0, time, true);
      event.place(bytes, view, 0, 0, lengthSize);
      event.flags = flags;
      event.num = number;
      this.bytes += bytes.length;
      return true;
    },
  };
}

async function run(
  events: readonly Stored[],
  wrap: (source: Source) => Source,
): Promise<{ cpu: number; bytes: number }> {
  const source = paced(events);
  const wrapped = wrap(source);
  const event = new Event();
  const began = performance.now();
  const before = process.cpuUsage();
  for (let now = 0; now < seconds * 1000; now = performance.now() - began) {
    source.due = (now / 1000) * rate;
    while (wrapped.next(event));
    await new Promise((resolve) => setTimeout(resolve, BATCH));
  }
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6 / seconds, bytes: source.bytes / source.due };
}

const machine = new Machine();
scanMachine(machine, { root: "/", pause() {} });

for (const [name, random] of [
  ["sample", () => 0],
  ["random data", (length: number) => length],
] as const) {
  const events = eventsOf(random);
  const plain = await run(events, (source) => source);
  let ring: EventRing | undefined;
  const recorded = await run(events, (source) => {
    ring = new EventRing(source, machine, { size, before: BEFORE });
    return ring;
  });
  const window = ring?.window(Number.POSITIVE_INFINITY) ?? [];
  const kept = window.reduce((sum, piece) => sum + piece.events, 0);
  console.log(`${name}: ${recorded.bytes.toFixed(0)} bytes per event, ${rate.toLocaleString("en")} events per second`);
  console.log(`  before a match: ${(kept / rate).toFixed(1)} s in ${((ring?.stored ?? 0) / 2 ** 20).toFixed(1)} MiB`);
  console.log(`  CPU of all threads: ${(100 * (recorded.cpu - plain.cpu)).toFixed(1)} % of a core`);
}
