import { describe, expect, it } from "vitest";
import { seeded } from "../../test/damaged/random.ts";
import { oldCapture, presentCapture } from "../../test/damaged/samples.ts";
import { Event } from "../event/event.ts";
import { collectSnapshot } from "./collect.ts";
import type { ByteInput } from "./input.ts";
import { PushInput } from "./push-input.ts";
import { CaptureReader } from "./reader.ts";

/** The result of reading a capture: snapshot, bytes of each event, warning. */
interface ReaderOutput {
  readonly snapshot: object;
  readonly events: string[];
  readonly warning: string | undefined;
}

function reading(input: ByteInput): { more(): void; told(): ReaderOutput } {
  const reader = new CaptureReader(input);
  const snapshot = collectSnapshot();
  const event = new Event();
  const events: string[] = [];
  let started = false;
  return {
    more() {
      if (!started) reader.snapshot(snapshot);
      started = true;
      while (reader.next(event)) {
        const bytes = Buffer.from(event.bytes.subarray(event.at, event.at + event.size));
        events.push(`${event.num} ${event.cpu} ${event.flags} ${bytes.toString("latin1")}`);
      }
    },
    told() {
      const { machines, threads, files, addresses, users, groups } = snapshot;
      return { snapshot: { machines, threads, files, addresses, users, groups }, events, warning: reader.warning };
    },
  };
}

function atOnce(bytes: Uint8Array): ReaderOutput {
  let at = 0;
  const { more, told } = reading({
    read(into, from, to) {
      const size = Math.min(to - from, bytes.length - at);
      into.set(bytes.subarray(at, at + size), from);
      at += size;
      return size;
    },
  });
  more();
  return told();
}

/** Adds chunks of random sizes, and reads all available events after each chunk. */
function inPieces(bytes: Uint8Array, seed: number, most: number): ReaderOutput {
  const random = seeded(seed);
  const feed = new PushInput();
  const { more, told } = reading(feed);
  for (let at = 0; at < bytes.length && !feed.isOver; ) {
    const size = random.below(most);
    feed.push(bytes.slice(at, at + size));
    at += size;
    more();
  }
  feed.end();
  more();
  return told();
}

describe("a capture in chunks", () => {
  const captures = [presentCapture(seeded(1), 300), oldCapture(seeded(2), 300)];

  it.each([0, 1])("has the same events as a capture in one piece (%i)", (i) => {
    const whole = atOnce(captures[i]!);
    expect(whole.events.length).toBeGreaterThan(100);
    for (const [seed, most] of [
      [3, 5],
      [4, 100],
      [5, 5000],
      [6, 1 << 20],
    ] as const) {
      expect(inPieces(captures[i]!, seed, most)).toEqual(whole);
    }
  });

  it("has the same events as a capture in one piece if it is truncated or damaged", () => {
    const random = seeded(7);
    for (let i = 0; i < 200; i++) {
      const bytes = captures[i % 2]!.slice(0, 1 + random.below(captures[i % 2]!.length));
      if (i % 4 > 1) bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      const whole = atOnce(bytes);
      const pieces = inPieces(bytes, i, 2000);
      expect(pieces.events).toEqual(whole.events);
      expect(pieces.warning === undefined).toBe(whole.warning === undefined);
    }
  });

  it("returns events before the next chunk arrives", () => {
    const feed = new PushInput();
    const { more, told } = reading(feed);
    feed.push(captures[0]!.slice(0, captures[0]!.length / 2));
    more();
    const { length } = told().events;
    expect(length).toBeGreaterThan(30);
    expect(told().warning).toBeUndefined();
    feed.push(captures[0]!.slice(captures[0]!.length / 2));
    feed.end();
    more();
    expect(told()).toEqual(atOnce(captures[0]!));
  });

  it("accepts no bytes after an invalid length, and reports it", () => {
    const feed = new PushInput();
    const bytes = captures[0]!.slice(0, 4096);
    new DataView(bytes.buffer).setUint32(4, 0xf0000000, true);
    feed.push(bytes);
    expect(feed.isOver).toBe(true);
    const { more, told } = reading(feed);
    more();
    expect(told()).toMatchObject({ events: [], warning: expect.stringMatching(/a block has 4026531840 bytes/) });
  });

  it("reports why the input ended", () => {
    const feed = new PushInput();
    feed.push(captures[0]!.slice(0, 40_000));
    feed.end("gzip: the data is damaged");
    const { more, told } = reading(feed);
    more();
    expect(told().warning).toMatch(
      /^stopped reading the capture at byte \d+ after \d+ events: .*\(gzip: the data is damaged\)$/,
    );
  });
});
