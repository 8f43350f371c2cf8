import { Block } from "../../src/capture/blocks.ts";
import { oldForms } from "../../src/capture/convert.ts";
import { emptyDescriptor } from "../../src/capture/descriptors.ts";
import { Output } from "../../src/capture/output.ts";
import { emptyThread } from "../../src/capture/threads.ts";
import { CaptureWriter } from "../../src/capture/writer.ts";
import { EventCode } from "../../src/event/code.ts";
import { fixedSize } from "../../src/event/kinds.ts";
import { EventFlag, type Param, ParamKind } from "../../src/event/schema.ts";
import { type DescriptorRecord, FdKind, type ThreadRecord } from "../../src/event/snapshot.ts";
import { eventFlags, eventTypes } from "../../src/event/types.ts";
import { type ParamValue, writeEvent } from "../../src/event/write.ts";
import type { Random } from "./random.ts";

/** Generated captures with every kind of block and event. */

/** Returns a capture in the current format with random events of all types. */
export function presentCapture(random: Random, events: number): Uint8Array {
  const out = new Output(1 << 16);
  const writer = new CaptureWriter({ write: (bytes) => out.bytes(bytes, 0, bytes.length) });
  writer.machine({ cpus: 2, memoryBytes: 1n << 32n, maxPid: 32768n, hostname: "made-up", bootTime: 1n, flags: 1n });
  writer.interfaces([
    { name: "lo", address: "\x7f\0\0\x01", netmask: "\xff\0\0\0", broadcast: "\0\0\0\0", linkSpeed: 0n },
    {
      name: "lo",
      address: `${"\0".repeat(15)}\x01`,
      netmask: "\xff".repeat(16),
      broadcast: "\0".repeat(16),
      linkSpeed: 9n,
    },
  ]);
  writer.accounts([{ uid: 0, gid: 0, name: "root", home: "/root", shell: "/bin/sh" }], [{ gid: 0, name: "root" }]);
  for (let tid = 1; tid < 9; tid++) writer.thread(thread(tid));
  for (let tid = 1; tid < 9; tid++) writer.descriptors(tid, Object.values(FdKind).map(descriptor));
  for (let i = 0; i < events; i++) {
    const code = random.below(eventTypes.length);
    const bytes = randomEvent(random, code, eventTypes[code]!.params.length);
    writer.raw(bytes, 0, bytes.length, code, random.below(4), random.below(8) === 0 ? 1 : 0);
  }
  writer.flush();
  return out.memory.slice(0, out.end);
}

/** Returns a capture in old formats: old blocks, and old versions of events after their enter events. */
export function oldCapture(random: Random, events: number): Uint8Array {
  const out = new Output(1 << 16);
  writeSection(out);
  for (let version = 1; version <= 8; version++) writeOldThreads(out, version, [thread(version), thread(version + 8)]);
  writeOldDescriptors(out, 1, Object.values(FdKind).map(descriptor));
  writeOldLists(out);
  for (let i = 0; i < events; i++) {
    const [code, count] = oldForms[random.below(oldForms.length)]!;
    const tid = 1 + random.below(8);
    if (code % 2 === 1 && random.below(8) > 0) {
      const enter = randomEvent(random, code - 1, eventTypes[code - 1]!.params.length, tid);
      writeEventBlock(out, enter, code - 1, random.below(2) === 0);
    }
    writeEventBlock(out, randomEvent(random, code, count, tid), code, random.below(2) === 0);
  }
  return out.memory.slice(0, out.end);
}

/** Returns an event with random values of valid lengths. */
export function randomEvent(random: Random, code: number, count: number, tid = 1 + random.below(8)): Uint8Array {
  const values = eventTypes[code]!.params.slice(0, count).map((param) => randomValue(random, param));
  return writeEvent(code, tid, BigInt(random.below(1 << 30)), values);
}

const TEXTS = ["", "/etc/shadow", "../x", "bash", `${"a/".repeat(100)}b`, "\xff\xfe", "a=b\0c=d"];

function randomValue(random: Random, param: Param): ParamValue {
  if (random.below(16) === 0) return null;
  const size = fixedSize[param.kind];
  if (size === 16) return new Uint8Array(16).fill(random.below(256));
  if (size! > 0) return random.below(4) === 0 ? -random.below(128) : random.below(64);
  switch (param.kind) {
    case ParamKind.SOCKADDR:
      return bytes(
        [[2, 1, 2, 3, 4, 80, 0], [10, ...new Array(16).fill(1), 80, 0], [1, 47, 120, 0], []][random.below(4)]!,
      );
    case ParamKind.SOCKTUPLE:
      return bytes(
        [
          [2, 1, 2, 3, 4, 80, 0, 5, 6, 7, 8, 90, 0],
          [10, ...new Array(36).fill(2)],
          [1, ...new Array(16).fill(3), 47, 0],
          [],
        ][random.below(4)]!,
      );
    case ParamKind.FDLIST:
      return bytes([1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    case ParamKind.DYN:
      return bytes([random.below(6), 1, 0, 0, 0, 0, 0, 0, 0]);
    default:
      return TEXTS[random.below(TEXTS.length)]!;
  }
}

function bytes(values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

function thread(tid: number): ThreadRecord {
  return {
    ...emptyThread(),
    tid,
    pid: tid,
    ptid: tid >> 1,
    comm: `comm${tid}`,
    exe: "exe",
    args: "-a\0b\0",
    env: "A=1\0",
    cwd: "/",
    fdlimit: 1024,
    uid: 1000,
    gid: 100,
  };
}

function descriptor(kind: FdKind, i: number): DescriptorRecord {
  const six = kind === FdKind.ipv6 || kind === FdKind.ipv6Server;
  const address = (six ? "\0\x01" : "\x7f\x01").repeat(six ? 8 : 2);
  return { ...emptyDescriptor(), fd: i, kind, name: `name${i}`, sip: address, dip: address, sport: 1, dport: 2, l4: 2 };
}

/** Writes the header of a capture. */
export function writeSection(out: Output): void {
  const at = out.open(Block.section);
  out.u32(0x1a2b3c4d);
  out.u16(1);
  out.u16(0);
  out.u64(0xffffffffffffffffn);
  out.close(at);
}

const threadBlocks = [
  0,
  Block.threads1,
  Block.threads2,
  Block.threads3,
  Block.threads4,
  Block.threads5,
  Block.threads6,
  Block.threads7,
  Block.threads8,
];

/** Writes threads in the format of old recorders, generations 1 to 8 (`version`). */
export function writeOldThreads(out: Output, version: number, records: ThreadRecord[]): void {
  const at = out.open(threadBlocks[version]!);
  for (const record of records) {
    out.i64(record.tid);
    out.i64(record.pid);
    out.i64(record.ptid);
    if (version >= 6) out.i64(record.sid);
    if (version >= 8) out.i64(record.vpgid);
    out.text(record.comm, 100);
    out.text(record.exe, 100);
    if (version >= 7) out.text(record.exepath, 100);
    out.text(record.args, 100);
    out.text(record.cwd, 100);
    out.i64(record.fdlimit);
    out.u32(record.flags);
    out.u32(record.uid);
    out.u32(record.gid);
    if (version < 2) continue;
    for (let i = 0; i < 3; i++) out.u32(0);
    out.i64(record.pfmajor);
    out.i64(record.pfminor);
    if (version >= 3) out.text(record.env, 100);
    if (version < 4) continue;
    out.i64(record.vtid);
    out.i64(record.vpid);
    out.text(record.cgroups, 100);
    if (version >= 5) out.text(record.root, 100);
  }
  out.close(at);
}

/** Writes descriptors in the format of old recorders, without the length of each entry. */
export function writeOldDescriptors(out: Output, pid: number, records: DescriptorRecord[]): void {
  const at = out.open(Block.descriptors);
  out.i64(pid);
  for (const record of records) {
    if (record.kind === FdKind.unknown) continue;
    out.i64(record.fd);
    out.u64(record.ino);
    out.u8(record.kind);
    if (record.kind === FdKind.fileV2) out.u32(record.flags);
    if (record.kind >= FdKind.ipv4 && record.kind <= FdKind.ipv6Server) {
      out.raw(record.sip);
      if (record.kind <= FdKind.ipv6) out.raw(record.dip);
      out.u16(record.sport);
      if (record.kind <= FdKind.ipv6) out.u16(record.dport);
      out.u8(record.l4);
      continue;
    }
    if (record.kind === FdKind.unix) {
      out.u64(record.unixSource);
      out.u64(record.unixDestination);
    }
    out.text(record.name, 100);
  }
  out.close(at);
}

/** Writes an interface and two accounts in the format of old recorders, without the length of each entry. */
export function writeOldLists(out: Output): void {
  let at = out.open(Block.interfaces);
  out.u16(3);
  out.u16(2);
  out.raw("\x7f\0\0\x01\xff\0\0\0\0\0\0\0lo");
  out.close(at);
  at = out.open(Block.accounts);
  out.u8(0);
  out.u32(7);
  out.u32(8);
  for (const text of ["user", "/home/user", "/bin/sh"]) out.text(text, 100);
  out.u8(1);
  out.u32(8);
  out.text("group", 100);
  out.close(at);
}

/** Writes an event as a block; `uncounted` omits the number of parameters, as the oldest recorders did. */
export function writeEventBlock(out: Output, event: Uint8Array, code: number, uncounted: boolean): void {
  const large = (eventFlags[code]! & EventFlag.largePayload) !== 0;
  if (!uncounted || large || code === EventCode.NOTIFICATION_E || code === EventCode.INFRASTRUCTURE_EVENT_E) {
    const at = out.open(large ? Block.event2Large : Block.event2);
    out.u16(1);
    out.bytes(event, 0, event.length);
    out.close(at);
    return;
  }
  const at = out.open(Block.event1);
  out.u16(1);
  out.bytes(event, 0, 16);
  out.u32(event.length - 4);
  out.bytes(event, 20, 2);
  out.bytes(event, 26, event.length - 26);
  out.close(at);
}
