import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seeded } from "../../../test/damaged/random.ts";
import { needs } from "../../../test/parts/needs.ts";
import { collectSnapshot } from "../../capture/collect.ts";
import { CaptureReader } from "../../capture/reader.ts";
import { CaptureWriter } from "../../capture/writer.ts";
import { EventCode } from "../../event/code.ts";
import { Event } from "../../event/event.ts";
import { eventTypes, genericCall, genericName, isGeneric } from "../../event/types.ts";
import { writeEvent } from "../../event/write.ts";
import { directGunzip } from "./gunzip.ts";
import { openInput } from "./input.ts";
import { createOutput } from "./output.ts";
import { openCapture } from "./source.ts";

const shared = process.env.EYAS_SHARED ?? new URL("../../../../shared", import.meta.url).pathname;
const traces = join(shared, "conformance/traces");
const answers = join(shared, "conformance/fields");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "eyas-capture-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads a capture: its snapshot, its events as text and the warning. */
function readAll(path: string): { snapshot: unknown; events: string[]; warning: string | undefined } {
  const source = openCapture(path);
  const sink = collectSnapshot();
  source.snapshot(sink);
  const event = new Event();
  const events: string[] = [];
  while (source.next(event)) {
    const bytes = Buffer.from(event.bytes.subarray(event.at, event.at + event.size));
    events.push(`${event.num} ${event.cpu} ${event.flags} ${bytes.toString("latin1")}`);
  }
  source.close();
  const { machines, threads, files, addresses, users, groups } = sink;
  return { snapshot: { machines, threads, files, addresses, users, groups }, events, warning: source.warning };
}

/** A small capture: `events` calls of getuid, each by its own thread. */
function smallCapture(name: string, events: number, compress: boolean): string {
  const path = join(folder, name);
  const output = createOutput(path, compress);
  const writer = new CaptureWriter(output);
  for (let i = 0; i < events; i++) {
    const bytes = writeEvent(EventCode.GETUID_X, i + 1, BigInt(i), [1000]);
    writer.raw(bytes, 0, bytes.length, EventCode.GETUID_X, 0);
  }
  writer.flush();
  output.close();
  return path;
}

describe("a capture file", () => {
  it.each([false, true])("is read as written (gzip: %s)", (compress) => {
    const { events, warning } = readAll(smallCapture(`small-${compress}`, 5000, compress));
    expect(events.length).toBe(5000);
    expect(warning).toBeUndefined();
  });

  it("can consist of several gzip members", () => {
    const path = smallCapture("members", 1000, false);
    const bytes = readFileSync(path);
    const cut = 12_345;
    writeFileSync(path, Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]));
    expect(readAll(path)).toMatchObject({ events: { length: 1000 }, warning: undefined });
  });

  it("yields its complete events and one warning if it is truncated", () => {
    const path = smallCapture("torn", 1000, false);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 7));
    const { events, warning } = readAll(path);
    expect(events.length).toBe(999);
    expect(warning).toMatch(
      /^stopped reading the capture at byte \d+ after 999 events: the file ends in the middle of an event$/,
    );
  });

  it("yields its complete events and one warning if its compressed data is truncated", () => {
    const path = smallCapture("torn-gzip", 5000, false);
    const bytes = gzipSync(readFileSync(path));
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1));
    const { events, warning } = readAll(path);
    expect(events.length).toBeGreaterThan(1000);
    expect(events.length).toBeLessThan(5000);
    expect(warning).toMatch(
      /^stopped reading the capture at byte \d+ after \d+ events: .*gzip: unexpected end of file/,
    );
  });

  it("yields the events before damaged compressed data", () => {
    const path = smallCapture("broken-gzip", 60_000, false);
    const bytes = gzipSync(readFileSync(path), { level: 1 });
    bytes.fill(0xff, Math.round(bytes.length * 0.9));
    writeFileSync(path, bytes);
    const { events, warning } = readAll(path);
    // Nine tenths of the file hold about nine tenths of its events.
    expect(events.length).toBeGreaterThan(50_000);
    expect(warning).toMatch(/^stopped reading the capture at byte \d+ after \d+ events: .*\(gzip: .+\)$/);
  });

  it("can have zeros or garbage after its compressed data", () => {
    const path = smallCapture("padded", 3000, false);
    const bytes = gzipSync(readFileSync(path));
    for (const tail of [Buffer.alloc(5000), Buffer.from("rubbish".repeat(100))]) {
      writeFileSync(path, Buffer.concat([bytes, tail]));
      expect(readAll(path)).toMatchObject({ events: { length: 3000 }, warning: undefined });
    }
  });

  it("is read to its end if its compressed data is damaged", () => {
    const path = smallCapture("damaged-gzip", 2000, true);
    const bytes = readFileSync(path);
    const random = seeded(5);
    let warned = 0;
    for (let i = 0; i < 300; i++) {
      const damaged = Buffer.from(bytes.subarray(0, bytes.length - random.below(2) * random.below(bytes.length)));
      for (let k = random.below(3); k >= 0; k--) damaged[random.below(damaged.length)]! ^= 1 << random.below(8);
      writeFileSync(path, damaged);
      const { events, warning } = readAll(path);
      expect(events.length).toBeLessThanOrEqual(2000);
      if (warning !== undefined) warned++;
    }
    expect(warned).toBeGreaterThan(250);
  });

  it("is decompressed as a whole without internals of Node.js", () => {
    const path = smallCapture("whole", 5000, true);
    const input = openInput(path, () => undefined);
    const reader = new CaptureReader(input);
    const event = new Event();
    while (reader.next(event));
    input.close();
    expect(reader).toMatchObject({ count: 5000, warning: undefined });
  });

  it("is decompressed directly with the supported version of Node.js", () => {
    expect(directGunzip()).toBeDefined();
  });

  it("names the file that cannot be opened", () => {
    expect(() => openCapture(join(folder, "missing"))).toThrow(/cannot open .*missing: ENOENT/);
    expect(() => openCapture(folder)).toThrow(/it is a directory/);
  });

  it("reports a file that is not a capture", () => {
    const path = join(folder, "text");
    writeFileSync(path, "hello, world\n");
    expect(readAll(path)).toMatchObject({ events: [], warning: expect.stringMatching(/not a capture/) });
  });
});

describe("real captures", needs("shared fields"), () => {
  const names = existsSync(traces) ? readdirSync(traces).filter((name) => !name.startsWith("attack.")) : [];

  it.each(names)("%s is unchanged after it is read, written and read again", (name) => {
    const first = readAll(join(traces, name));
    expect(first.warning).toBeUndefined();
    expect(first.events.length).toBeGreaterThan(100);

    const path = join(folder, name);
    const output = createOutput(path, name.endsWith(".gz"));
    const writer = new CaptureWriter(output);
    const source = openCapture(join(traces, name));
    source.snapshot(writer);
    const event = new Event();
    while (source.next(event)) writer.event(event);
    writer.flush();
    output.close();
    source.close();

    expect(readAll(path)).toEqual(first);
  });

  const asked = existsSync(answers) ? readdirSync(answers).map((name) => name.replace(".jsonl.gz", "")) : [];

  it.each(asked)("%s has the events of the reference, with the same numbers", (name) => {
    const plain = join(traces, `${name}.scap`);
    const source = openCapture(existsSync(plain) ? plain : `${plain}.gz`);
    const event = new Event();
    const lines = gunzipSync(readFileSync(join(answers, `${name}.jsonl.gz`)))
      .toString()
      .trim()
      .split("\n");
    for (const line of lines) {
      const theirs: Record<string, unknown> = JSON.parse(line);
      while (event.num !== theirs["evt.num"]) expect(source.next(event)).toBe(true);
      const ours = {
        "evt.num": event.num,
        "evt.type": isGeneric(event.type)
          ? genericName(genericCall(event.u16(0), event.u16(1)))
          : eventTypes[event.type]!.name,
        "evt.cpu": event.cpu,
        "thread.tid": event.tid,
      };
      expect(theirs).toMatchObject(ours);
      // JSON.parse would round this number.
      expect(line).toContain(`"evt.rawtime": ${event.time},`);
    }
    source.close();
  });
});
