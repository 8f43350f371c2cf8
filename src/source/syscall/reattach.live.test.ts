import { spawnSync } from "node:child_process";
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { EventCode } from "../../event/code.ts";
import { Event } from "../../event/event.ts";
import { syscallId } from "../../event/syscalls.ts";
import { mapShared, Protection, pageSize } from "./libc.ts";
import { LiveSource } from "./live.ts";

const calls = new Set([syscallId.get("execve") ?? 0, syscallId.get("prctl") ?? 0]);
let live: LiveSource | undefined;
afterEach(() => live?.close());

function open(notes = true): LiveSource {
  live = new LiveSource({ calls, ringSize: 1 << 20, notes });
  return live;
}

/** Runs `true` with a word as argument, which the exec event contains. */
const run = (word: string) => spawnSync("true", [word]);

/** Reads all events. @returns the words of executed programs, their times, and the nonces of canaries */
function read(from: LiveSource): { words: string[]; nonces: bigint[]; times: number[] } {
  const event = new Event();
  const found = { words: [] as string[], nonces: [] as bigint[], times: [] as number[] };
  while (from.next(event)) {
    if (event.type === EventCode.SCAPEVENT_E) found.nonces.push(event.bigU64(1));
    else if (event.type === EventCode.EXECVE_19_X) {
      found.words.push(event.raw(2).replace(/\0$/, ""));
      found.times.push(event.timeNumber / 1e6);
    }
  }
  return found;
}

/** Returns the descriptors of this process whose `fdinfo` has a matching line. */
function descriptors(line: RegExp): number[] {
  return readdirSync("/proc/self/fdinfo")
    .map(Number)
    .filter((fd) => {
      try {
        return line.test(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"));
      } catch {
        return false; // the descriptor of the directory listing
      }
    });
}

describe("a live source", needs("sensor"), () => {
  test("yields a canary with its nonce, and only if requested", () => {
    const source = open();
    source.canary(0x0123_4567_89ab_cdefn);
    expect(read(source).nonces).toEqual([0x0123_4567_89ab_cdefn]);
    source.close();
    const without = open(false);
    without.canary(1n);
    expect(read(without).nonces).toEqual([]);
  });

  test("that attaches again loses no event, keeps its counts, and yields events of both probes", () => {
    const source = open();
    run("before");
    source.reattach();
    run("after");
    const { events } = source.counts();
    const { words } = read(source);
    expect(words).toContain("before");
    expect(words).toContain("after");
    expect(events).toBeGreaterThanOrEqual(2);
    source.canary(2n);
    const sent = Date.now();
    expect(read(source).nonces).toEqual([2n]);
    // Other programs on the machine may have caused events since.
    expect(source.oldestUnread() ?? sent).toBeGreaterThanOrEqual(sent);
  });

  test("finds no damage in an unchanged probe, even after other calls are watched", () => {
    const source = open();
    expect(source.probe.verify()).toEqual([]);
    source.want(new Set([syscallId.get("openat") ?? 0]));
    expect(source.probe.verify()).toEqual([]);
    source.canary(3n); // prctl is not among the watched calls
    expect(read(source).nonces).toEqual([3n]);
  });

  test("finds a detached program", () => {
    const source = open();
    for (const fd of descriptors(/^link_type:/m)) closeSync(fd);
    expect(source.probe.verify()).toHaveLength(5);
    expect(source.probe.verify()[0]).toEqual({ kind: "link", program: "signal_sent" });
    source.reattach();
    expect(source.probe.verify()).toEqual([]);
    run("again");
    expect(read(source).words).toContain("again");
  });

  test("survives a read position that another process moves, and reads later events", () => {
    live = new LiveSource({ calls, ringSize: 1 << 16, cpusPerRing: 0, notes: true });
    const [ring = -1] = descriptors(/^map_type:\t27\n/m);
    const consumer = mapShared(ring, 0, pageSize(), Protection.READ | Protection.WRITE);
    const producer = mapShared(ring, pageSize(), pageSize(), Protection.READ);
    const position = new BigInt64Array(consumer.memory, 0, 1);
    const written = new BigInt64Array(producer.memory, 0, 1);
    const begin = Atomics.load(written, 0);
    while (Atomics.load(written, 0) - begin < 1n << 18n) {
      run("overwritten");
      Atomics.store(position, 0, Atomics.load(written, 0)); // the kernel overwrites unread events
    }
    expect(read(live).words.length).toBeLessThan(64);
    expect(live.takePositionChanges()).toBeGreaterThan(0);
    Atomics.store(position, 0, -(1n << 40n)); // the ring buffer appears to be full
    expect(live.takePositionChanges()).toBe(1);
    run("later");
    expect(read(live).words).toContain("later");
    consumer.unmap();
    producer.unmap();
  });

  test("has frozen all of its maps except ring buffers", () => {
    open();
    const maps = descriptors(/^map_type:\t(?!27\n)/m).map((fd) => readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"));
    expect(maps).toHaveLength(7);
    expect(maps.filter((info) => !/^frozen:\t1$/m.test(info))).toEqual([]);
  });
});
