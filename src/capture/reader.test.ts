import { describe, expect, it } from "vitest";
import {
  writeEventBlock,
  writeOldDescriptors,
  writeOldLists,
  writeOldThreads,
  writeSection,
} from "../../test/damaged/samples.ts";
import { EventCode } from "../event/code.ts";
import { Event } from "../event/event.ts";
import { FdKind } from "../event/snapshot.ts";
import { writeEvent } from "../event/write.ts";
import { Block } from "./blocks.ts";
import { collectSnapshot } from "./collect.ts";
import { emptyDescriptor } from "./descriptors.ts";
import { Output } from "./output.ts";
import { CaptureReader } from "./reader.ts";
import { emptyThread } from "./threads.ts";

function begin(): Output {
  const out = new Output(1024);
  writeSection(out);
  return out;
}

function addGetuid(out: Output, tid: number, uncounted = false): void {
  writeEventBlock(out, writeEvent(EventCode.GETUID_X, tid, 5n, [1000]), EventCode.GETUID_X, uncounted);
}

/** Reads a capture; the input returns at most `most` bytes at a time. */
function read(out: Output, most = 1 << 20) {
  const bytes = out.memory.subarray(0, out.end);
  let at = 0;
  const reader = new CaptureReader({
    read(into, from, to) {
      const size = Math.min(to - from, bytes.length - at, most);
      into.set(bytes.subarray(at, at + size), from);
      at += size;
      return size;
    },
  });
  const sink = { ...collectSnapshot(), restarts: 0, restart: () => void sink.restarts++ };
  reader.snapshot(sink);
  const event = new Event();
  const tids: number[] = [];
  while (reader.next(event)) tids.push(event.tid);
  expect(event.num).toBe(tids.length);
  return { sink, tids, warning: reader.warning };
}

describe("reading a capture", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("reads threads of format version %i", (version) => {
    const out = begin();
    const record = { ...emptyThread(), tid: 5, pid: 4, ptid: 1, comm: "sh", exe: "/bin/sh", args: "-c\0", cwd: "/" };
    if (version >= 3) record.env = "A=1\0";
    if (version >= 4) Object.assign(record, { vtid: 2, vpid: 1, cgroups: "cpu=/\0" });
    if (version >= 5) record.root = "/";
    if (version >= 6) record.sid = 3;
    if (version >= 7) record.exepath = "/bin/dash";
    if (version >= 8) record.vpgid = 6;
    writeOldThreads(out, version, [record, { ...record, tid: 6 }]);
    expect(read(out).sink.threads).toEqual([record, { ...record, tid: 6 }]);
  });

  it("reads lists with entries that do not state their lengths", () => {
    const out = begin();
    const kinds = [FdKind.file, FdKind.fileV2, FdKind.ipv4, FdKind.ipv6Server, FdKind.unix, FdKind.pidfd];
    writeOldDescriptors(
      out,
      9,
      kinds
        .map((kind, fd) => ({ ...emptyDescriptor(), fd, kind, sip: "\x01".repeat(16), dip: "\x02".repeat(4) }))
        .map((record) => (record.kind === FdKind.ipv4 ? { ...record, sip: "\x01".repeat(4) } : record)),
    );
    writeOldLists(out);
    const { sink, warning } = read(out);
    expect(warning).toBeUndefined();
    expect(sink.files).toMatchObject([{ pid: 9, records: kinds.map((kind, fd) => ({ fd, kind })) }]);
    expect(sink.addresses).toMatchObject([{ name: "lo", address: "\x7f\0\0\x01", linkSpeed: 0n }]);
    expect(sink.users).toEqual([{ uid: 7, gid: 8, name: "user", home: "/home/user", shell: "/bin/sh" }]);
    expect(sink.groups).toEqual([{ gid: 8, name: "group" }]);
  });

  it("counts the parameters of events with headers that lack the number", () => {
    const out = begin();
    addGetuid(out, 1, true);
    addGetuid(out, 2, false);
    expect(read(out)).toMatchObject({ tids: [1, 2], warning: undefined });
  });

  it("skips blocks and event types that are unknown", () => {
    const out = begin();
    const at = out.open(0x999);
    out.raw("?".repeat(300_000));
    out.close(at);
    addGetuid(out, 1);
    const later = writeEvent(EventCode.GETUID_X, 2, 5n, [1000]);
    new DataView(later.buffer).setUint16(20, 60_000, true);
    writeEventBlock(out, later, EventCode.GETUID_X, false);
    addGetuid(out, 3);
    expect(read(out)).toMatchObject({ tids: [1, 3], warning: undefined });
  });

  it("returns the same events for input in chunks of any size", () => {
    const out = begin();
    for (let tid = 1; tid < 50; tid++) addGetuid(out, tid);
    expect(read(out, 1).tids).toEqual(read(out).tids);
  });

  it("restarts the sink at another capture in the same file", () => {
    const out = begin();
    addGetuid(out, 1);
    writeSection(out);
    writeOldThreads(out, 1, [{ ...emptyThread(), tid: 5 }]);
    addGetuid(out, 2);
    expect(read(out)).toMatchObject({ tids: [1, 2], sink: { restarts: 1, threads: [{ tid: 5 }] } });
  });

  it("skips a malformed event, continues, and warns once", () => {
    const out = begin();
    addGetuid(out, 1);
    const at = out.end;
    for (const tid of [2, 3]) {
      const bad = writeEvent(EventCode.GETUID_X, tid, 5n, [1000]);
      new DataView(bad.buffer).setUint16(26, 5000, true);
      writeEventBlock(out, bad, EventCode.GETUID_X, false);
    }
    addGetuid(out, 4);
    expect(read(out)).toMatchObject({
      tids: [1, 4],
      warning: `2 malformed events skipped, the first at byte ${at}`,
    });
  });

  it("stops if the two lengths of a block differ, and reports the position", () => {
    const out = begin();
    addGetuid(out, 1);
    const at = out.end;
    addGetuid(out, 2);
    out.memory[out.end - 4]! ^= 0xff;
    addGetuid(out, 3);
    expect(read(out)).toMatchObject({
      tids: [1],
      warning: `stopped reading the capture at byte ${at} after 1 events: the two lengths of an event block differ`,
    });
  });

  it("rejects invalid lengths", () => {
    for (const size of [0, 4, 11, 0x7fffffff, 0xffffffff]) {
      const out = begin();
      addGetuid(out, 1);
      out.u32(Block.event2Large);
      out.u32(size);
      out.raw("x".repeat(100));
      const { tids, warning } = read(out);
      expect(tids).toEqual([1]);
      expect(warning).toContain(`invalid (${size} bytes)`);
    }
  });

  it("rejects files that are not captures, of the other byte order, or of a newer version", () => {
    const text = new Output(64);
    text.raw("#!/bin/sh\necho hello\n");
    expect(read(text).warning).toMatch(/not a capture/);
    const swapped = begin();
    swapped.memory.subarray(8, 12).reverse();
    expect(read(swapped).warning).toMatch(/byte order/);
    const later = begin();
    later.memory[12] = 2;
    expect(read(later).warning).toMatch(/format version 2/);
  });
});
