import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sample } from "../agent/home.ts";
import { defaultRules, readyRules } from "../agent/load/ready-rules.ts";
import { loadConfig } from "../config/load.ts";
import { Engine } from "../engine/engine.ts";
import { EventCode } from "../event/code.ts";
import { Event } from "../event/event.ts";
import { writeEvent } from "../event/write.ts";
import { container } from "../machine/container-info.ts";
import { Machine } from "../machine/machine.ts";
import { openCapture } from "../source/capture/source.ts";
import type { Source } from "../source/source.ts";
import { EventRing, type EventRingOptions } from "./event-ring.ts";
import type { Piece } from "./packer.ts";

const { config } = await loadConfig(undefined);
const { ruleset, raise } = await readyRules(defaultRules, config, "all", "node-1");
const recording = sample() ?? "";
const folder = mkdtempSync(join(tmpdir(), "eyas-ring-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Longer than any test capture. */
const FOREVER = 1e12;

/** Alerts of a source, the number of its events, and the time of the first event. */
function evaluated(source: Source, wrap: (source: Source, machine: Machine) => Source = (one) => one) {
  const machine = new Machine({ containers: true });
  const alerts: string[] = [];
  const engine = new Engine(wrap(source, machine), machine, ruleset, (rule, event) =>
    alerts.push(raise(rule, event).message),
  );
  while (engine.drain(1000) > 0);
  return { alerts, events: engine.events };
}

async function fileOf(pieces: readonly Piece[]): Promise<string> {
  const file = join(folder, "window.scap");
  writeFileSync(file, Buffer.concat((await Promise.all(pieces.map(({ packed }) => packed))).map((one) => one!)));
  return file;
}

/** Evaluates the sample through a ring, and then the events in the ring. */
async function kept(options: EventRingOptions, most = Number.POSITIVE_INFINITY) {
  let ring: EventRing | undefined;
  const all = evaluated(openCapture(recording), (source, machine) => {
    ring = new EventRing(source, machine, { now: () => 0, ...options });
    return ring;
  });
  const window = ring!.window(most);
  const file = await fileOf(window);
  return { all, window, ring: ring!, file, ...evaluated(openCapture(file)) };
}

test("with room for all events, the window gives the same alerts", async () => {
  const { all, alerts, events } = await kept({ size: 1 << 30, before: FOREVER });
  expect(all.alerts.length).toBeGreaterThan(10);
  expect({ alerts, events }).toEqual(all);
});

test("with less room, the window has the last events and the state before them", async () => {
  const { all, alerts, events, window, ring } = await kept({ size: 700_000, before: FOREVER });
  expect(window.map(({ isState }) => isState)).toEqual([true, ...window.slice(1).map(() => false)]);
  expect(events).toBeLessThan(all.events);
  expect(ring.stored).toBeLessThan(700_000);
  expect(alerts.length).toBeGreaterThan(0);
  expect(alerts).toEqual(all.alerts.slice(-alerts.length));
});

test("events that are no longer needed are dropped, and the window begins at the last state that is old enough", async () => {
  const { all, alerts, events, ring, file } = await kept({ size: 1 << 30, before: 10_000 });
  expect(events).toBeLessThan(all.events);
  expect(alerts).toEqual(all.alerts.slice(-alerts.length));
  const { first, last } = timesOf(file);
  expect((last - first) / 1e9).toBeGreaterThan(10);
  expect((last - first) / 1e9).toBeLessThan(20);
  expect(ring.window(Number.POSITIVE_INFINITY)[0]!.isState).toBe(true);
});

test("a window of limited size begins at a later state", async () => {
  const all = await kept({ size: 1 << 30, before: 40_000 });
  const some = await kept({ size: 1 << 30, before: 40_000 }, 1);
  expect(some.events).toBeLessThan(all.events);
  expect(some.alerts).toEqual(some.all.alerts.slice(-some.alerts.length));
});

test("messages from the sensor to the agent are not stored", async () => {
  const source = openCapture(recording);
  let noted = 0;
  const withNotes: Source = {
    ...{ name: source.name, snapshot: (sink) => source.snapshot(sink), close: () => source.close() },
    next(event) {
      if (!source.next(event)) return false;
      if (event.type === EventCode.CLOSE_X) {
        event.type = EventCode.SCAPEVENT_E;
        noted++;
      }
      return true;
    },
  };
  let ring: EventRing | undefined;
  const { events } = evaluated(withNotes, (one, machine) => {
    ring = new EventRing(one, machine, { size: 1 << 30, before: FOREVER });
    return ring;
  });
  expect(noted).toBeGreaterThan(0);
  const file = await fileOf(ring!.window(Number.POSITIVE_INFINITY));
  expect(evaluated(openCapture(file)).events).toBe(events - noted);
});

test("a window contains events whose state was dropped, after the current state", async () => {
  let time = 1_700_000_000_000_000_000n;
  const noise: Source = {
    ...{ name: "syscall", snapshot() {}, close() {} },
    next(event) {
      const bytes = writeEvent(EventCode.WRITE_X, 1, ++time, [60_000, randomBytes(60_000)]);
      event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
      return true;
    },
  };
  // The first state takes so long that no other state is written.
  const times = [0, 1e9];
  const ring = new EventRing(noise, new Machine(), { size: 1 << 20, before: FOREVER, now: () => times.shift() ?? 1 });
  const event = new Event();
  for (let i = 0; i < 100; i++) ring.next(event);
  const window = ring.window(Number.POSITIVE_INFINITY);
  expect(window.map(({ isState }) => isState)).toEqual([true, ...window.slice(1).map(() => false)]);
  const file = await fileOf(window);
  expect(timesOf(file).last).toBe(Number(time));
});

test("a container that is reported after a state has its metadata from the first event on", async () => {
  const [earlier, later, last] = ["a", "b", "c"].map((letter) =>
    container({ fullId: letter.repeat(64), name: letter }),
  );
  let time = 1_700_000_000_000_000_000n;
  const calls: Source = {
    ...{ name: "syscall", snapshot() {}, close() {} },
    next(event) {
      const bytes = writeEvent(EventCode.GETUID_X, 1, ++time, [0]);
      event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
      return true;
    },
  };
  const machine = new Machine({ containers: true });
  const ring = new EventRing(calls, machine, { size: 1 << 20, before: FOREVER });
  const event = new Event();
  machine.containerTable.put(earlier!);
  for (let i = 0; i < 2; i++) ring.next(event); // the state is taken before the first event
  machine.containerTable.put(later!);
  const pieces = [...ring.window(Number.POSITIVE_INFINITY)];
  ring.onPiece = (piece) => pieces.push(piece); // as in a recording
  machine.containerTable.put(last!);
  ring.next(event);
  ring.cut();

  const [file, replayed] = [await fileOf(pieces), new Machine({ containers: true })];
  new Engine(openCapture(file), replayed, ruleset, () => {}).drain();
  expect([...replayed.containerTable.values()]).toEqual([earlier, later, last]);
  const types: number[] = [];
  for (const source = openCapture(file); source.next(event); ) types.push(event.type);
  const { CONTAINER_JSON_2_E: described, GETUID_X: called } = EventCode;
  expect(types).toEqual([described, described, called, called, described, called]);
});

test("an event that is larger than a chunk is kept", async () => {
  const { ring, all } = await kept({ size: 1 << 20, before: FOREVER });
  const event = new Event();
  const bytes = new Uint8Array(300_000);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, bytes.length, true);
  event.place(bytes, view, 0, 0, 2);
  let left = 1;
  const next = (at: Event): boolean => {
    at.place(bytes, view, 0, 0, 2);
    return left-- > 0;
  };
  const large = new EventRing({ name: "syscall", snapshot() {}, close() {}, next }, new Machine(), {
    size: 1 << 20,
    before: FOREVER,
  });
  expect(large.next(event)).toBe(true);
  const [, piece] = large.window(Number.POSITIVE_INFINITY);
  expect(piece!.rawSize).toBeGreaterThan(300_000);
  expect(all.events).toBeGreaterThan(0);
  expect(ring.stored).toBeGreaterThan(0);
});

function timesOf(file: string): { first: number; last: number } {
  const source = openCapture(file);
  source.snapshot(new Machine());
  const event = new Event();
  let first = 0;
  let last = 0;
  while (source.next(event)) {
    first ||= event.timeNumber;
    last = event.timeNumber;
  }
  source.close();
  return { first, last };
}

test("all events in memory are read independently of the time before a match", async () => {
  const { ring, all } = await kept({ size: 1 << 30, before: 10_000, keep: FOREVER });
  const source = openCapture(await fileOf(ring.window(Number.POSITIVE_INFINITY, true)));
  expect(evaluated(source)).toEqual(all);
});
