import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EventCode } from "../event/code.ts";
import { Event } from "../event/event.ts";
import { writeEvent } from "../event/write.ts";
import { Machine } from "../machine/machine.ts";
import { Observed } from "../machine/observed.ts";
import { Thread } from "../machine/thread.ts";
import { openCapture } from "../source/capture/source.ts";
import type { Source } from "../source/source.ts";
import { CaptureFolder } from "./capture-folder.ts";
import { EventRing } from "./event-ring.ts";
import { Recorder, type RecorderSettings, type Unrecorded } from "./recorder.ts";
import type { Outcome } from "./recording.ts";

const SECOND = 1_000_000_000;
const SETTINGS: RecorderSettings = {
  allRules: false,
  duration: 5000,
  maxDuration: 20_000,
  maxEvents: 0,
  endWithProcess: false,
  ruleInterval: 60_000,
  maxFile: 1 << 30,
  size: 1 << 26,
};
const RECORDED = { name: "Recorded", capture: true, captureDuration: 0 };
const OTHER = { name: "Other", capture: false, captureDuration: 0 };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eyas-recorder-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A recorder for a source with one event per second of event time. */
class Stage implements Source {
  readonly name = "syscall";
  readonly outcomes: Outcome[] = [];
  readonly unrecorded: [string, Unrecorded][] = [];
  readonly recorder: Recorder;
  /** Whether processes are alive. */
  processes = true;
  /** Files are created after this promise resolves. */
  hang: Promise<void> = Promise.resolve();
  private readonly ring: EventRing;
  private readonly event: Observed;
  private time = BigInt(Date.now()) * 1_000_000n;
  private number = 0;

  constructor(settings: Partial<RecorderSettings> = {}, minFree = 0) {
    const machine = new Machine();
    this.event = new Observed(machine);
    this.event.thread = new Thread(100);
    this.event.thread.pid = 100;
    this.ring = new EventRing(this, machine, { size: 1 << 26, before: 10_000, now: () => 0 });
    const folder = new CaptureFolder(join(root, "eyas"), { maxFiles: 100, maxTotal: 1e12, minFree });
    const create = folder.create.bind(folder);
    folder.create = (path, rule) => this.hang.then(() => create(path, rule));
    const news = {
      finished: (outcome: Outcome) => void this.outcomes.push(outcome),
      unrecorded: (rule: string, why: Unrecorded) => void this.unrecorded.push([rule, why]),
    };
    this.recorder = new Recorder(this.ring, folder, { ...SETTINGS, ...settings }, news, () => this.processes);
  }

  snapshot(): void {}
  close(): void {}

  next(event: Event): boolean {
    this.time += BigInt(SECOND);
    const bytes = writeEvent(EventCode.GETUID_X, 100, this.time, [0]);
    event.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
    event.num = ++this.number;
    return true;
  }

  /** Reads events for a number of seconds, one per second. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) this.ring.next(this.event);
  }

  match(rule: typeof RECORDED): string | undefined {
    return this.recorder.match(rule, this.event);
  }
}

/** Duration of a capture in seconds. */
function secondsIn(path: string): number {
  const source = openCapture(path);
  source.snapshot(new Machine());
  const event = new Event();
  const times: number[] = [];
  while (source.next(event)) times.push(event.timeNumber);
  expect(source.warning).toBeUndefined();
  source.close();
  return Math.round((times.at(-1)! - times[0]!) / SECOND);
}

test("a capture has the events from before the match to the end of its duration", async () => {
  const stage = new Stage();
  stage.pass(60);
  const path = stage.match(RECORDED)!;
  expect(path).toMatch(/eyas_\d{20}_0{18}60\.scap$/);
  stage.pass(60);
  await stage.recorder.close();
  expect(stage.outcomes).toMatchObject([{ path, end: "duration", reason: undefined, matches: 1 }]);
  const { before } = stage.outcomes[0]!;
  expect(before).toBeGreaterThanOrEqual(9);
  expect(secondsIn(path)).toBe(Math.round(before) + 5);
  expect(statSync(path).size).toBe(stage.outcomes[0]!.bytes);
});

test("a rule without capture begins no recording, unless the matches of all rules are recorded", async () => {
  const stage = new Stage();
  stage.pass(1);
  expect(stage.match(OTHER)).toBeUndefined();
  const all = new Stage({ allRules: true });
  all.pass(1);
  expect(all.match(OTHER)).toBeDefined();
  await all.recorder.close();
});

test("matches during a recording are part of the recording, and extend it up to a limit", async () => {
  const stage = new Stage();
  stage.pass(1);
  const path = stage.match(RECORDED)!;
  for (let i = 0; i < 30; i++) {
    stage.pass(1);
    if (i < 18) expect(stage.match(OTHER)).toBe(path);
  }
  await stage.recorder.close();
  expect(stage.outcomes).toMatchObject([{ path, end: "duration", matches: 19 }]);
  expect(secondsIn(path)).toBe(20);
  expect(readdirSync(root)).toHaveLength(1);
  expect(stage.recorder.counts().matches).toEqual({ started: 1, joined: 18, interval: 0, busy: 0, disk: 0 });
});

test("the duration of a rule can exceed the limit of extensions", async () => {
  const stage = new Stage();
  stage.pass(1);
  const path = stage.match({ ...RECORDED, captureDuration: 40_000 })!;
  stage.pass(60);
  await stage.recorder.close();
  expect(secondsIn(path)).toBe(40);
});

test("a recording ends at the maximum number of events", async () => {
  const stage = new Stage({ maxEvents: 3 });
  stage.pass(1);
  const path = stage.match(RECORDED)!;
  stage.pass(10);
  await stage.recorder.close();
  expect(stage.outcomes).toMatchObject([{ end: "events", events: 4 }]);
  expect(secondsIn(path)).toBe(3);
});

describe("a rule that matches all the time", () => {
  test("begins one recording per interval; the other matches are counted", async () => {
    const stage = new Stage();
    for (let i = 0; i < 300; i++) {
      stage.pass(1);
      stage.match(RECORDED);
    }
    await stage.recorder.close();
    expect(readdirSync(root)).toHaveLength(1);
    const { started, joined, interval } = stage.recorder.counts().matches;
    expect([started, started + joined + interval]).toEqual([1, 300]);
    expect(stage.unrecorded).toHaveLength(interval);
  });

  test("does not prevent a recording of another rule", async () => {
    const stage = new Stage();
    stage.pass(1);
    stage.match(RECORDED);
    stage.pass(30);
    expect(stage.match(RECORDED)).toBeUndefined();
    expect(stage.match({ ...RECORDED, name: "Another" })).toBeDefined();
    await stage.recorder.close();
    expect(readdirSync(root)).toHaveLength(2);
  });
});

test("without free space nothing is recorded, and matches are counted", async () => {
  const stage = new Stage({ ruleInterval: 0 }, 1e18);
  stage.pass(1);
  stage.match(RECORDED);
  await stage.recorder.close();
  expect(stage.outcomes).toMatchObject([{ end: "disk", reason: expect.stringContaining("MB free") }]);
  stage.pass(1);
  expect(stage.match(RECORDED)).toBeUndefined();
  expect(stage.unrecorded).toEqual([["Recorded", "disk"]]);
  expect(readdirSync(root)).toEqual([]);
});

test("a recording ends at the maximum file size, and the file is valid", async () => {
  const stage = new Stage({ maxFile: 3000, maxDuration: 1e9, duration: 1e9 });
  stage.pass(30);
  const path = stage.match(RECORDED)!;
  stage.pass(500);
  await stage.recorder.close();
  expect(stage.outcomes).toMatchObject([{ end: "size" }]);
  expect(statSync(path).size).toBeLessThanOrEqual(3000);
  expect(secondsIn(path)).toBeGreaterThan(10);
});

test("the file of a killed agent is valid up to its last piece", async () => {
  const stage = new Stage();
  stage.pass(30);
  const path = stage.match(RECORDED)!;
  stage.pass(10);
  await stage.recorder.close();
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length - 20));
  const source = openCapture(path);
  source.snapshot(new Machine());
  const event = new Event();
  let events = 0;
  while (source.next(event)) events++;
  expect(events).toBeGreaterThan(5);
});

test("a recording ends when the process of the first match exits", async () => {
  const stage = new Stage({ endWithProcess: true, duration: 1e9 });
  stage.pass(1);
  stage.match(RECORDED);
  stage.processes = false;
  await vi.waitFor(() => expect(stage.outcomes).toMatchObject([{ end: "process" }]), 5000);
});

test("no captures begin while earlier files cannot be completed", async () => {
  const stage = new Stage();
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.hang = promise;
  const paths: (string | undefined)[] = [];
  for (let i = 0; i < 5; i++) {
    stage.pass(10);
    paths.push(stage.match({ ...RECORDED, name: `Rule ${i}` }));
  }
  expect(paths.map((path) => path !== undefined)).toEqual([true, true, false, false, false]);
  expect(stage.recorder.counts().matches).toMatchObject({ started: 2, busy: 3 });
  resolve();
  await stage.recorder.close();
  expect(stage.outcomes.map(({ end }) => end)).toEqual(["duration", "duration"]);
});

test("events that arrive faster than they are written end a recording", async () => {
  const stage = new Stage({ size: 1000, duration: 1e9, maxDuration: 1e9 });
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.hang = promise;
  stage.pass(1);
  stage.match(RECORDED);
  stage.pass(1000);
  resolve();
  await stage.recorder.close();
  expect(stage.outcomes).toMatchObject([{ end: "overload" }]);
  expect(secondsIn(stage.outcomes[0]!.path)).toBeGreaterThan(0);
});
