import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { needs } from "../../../test/parts/needs.ts";
import { Event } from "../../event/event.ts";
import { syscallId } from "../../event/syscalls.ts";
import { eventTypes } from "../../event/types.ts";
import { LiveSource } from "./live.ts";

const MiB = 2 ** 20;
/** Unprivileged users. */
const [FLOODER, ANOTHER] = [65_534, 65_533];
/** Opens a file as often as the first argument states. */
const OPEN = "for (1..$ARGV[0]) { open(my $f, '<', $ARGV[1]) }";
/** Number of opened files that do not fit into the ring buffer. */
const FLOOD = 40_000;

/** @returns the ID of the process */
function open(user: number, times: number, file: string): number {
  // Not found through PATH, and with a small environment: failed executions would use up the share of the process.
  const { pid, status, stderr } = spawnSync("/usr/bin/perl", ["-e", OPEN, String(times), file], {
    ...{ uid: user, gid: user, cwd: "/", env: {}, encoding: "utf8" },
  });
  if (status !== 0) throw new Error(stderr);
  return pid;
}

describe("shares of a ring buffer that is not read", needs("root", "sensor"), () => {
  let live: LiveSource;
  afterEach(() => live.close());

  /** Returns the number of recorded opens by file, and of started perl programs. */
  function recorded(): { readonly opened: Map<string, number>; readonly started: number } {
    live.want(new Set());
    const opened = new Map<string, number>();
    let started = 0;
    for (const event = new Event(); live.next(event); ) {
      const { name } = eventTypes[event.type]!;
      if (name === "openat") {
        const file = event.raw(2).replace(/\0$/, "");
        opened.set(file, (opened.get(file) ?? 0) + 1);
      } else if (name === "execve" && event.i64(0) === 0 && event.raw(1).includes("perl")) started++;
    }
    return { opened, started };
  }

  function watch(): void {
    const calls = new Set(["openat", "execve"].map((name) => syscallId.get(name)!));
    live = new LiveSource({ calls, ringSize: 4 * MiB, cpusPerRing: 0 });
  }

  it("keeps the events of other users and other processes during a flood", () => {
    watch();
    open(FLOODER, FLOOD, "/flood");
    open(ANOTHER, 10, "/other-user");
    open(FLOODER, 10, "/other-process");
    const { overShare, ringFull } = live.counts();
    const { opened, started } = recorded();
    expect(opened.get("/other-user")).toBe(10);
    expect(opened.get("/other-process")).toBe(10);
    expect(started).toBe(3);
    expect(opened.get("/flood")).toBeGreaterThan(FLOOD / 8);
    expect(ringFull).toBe(0);
    expect(overShare).toBeGreaterThanOrEqual(FLOOD - opened.get("/flood")!);
  });

  it("names the process whose events are dropped", () => {
    watch();
    open(FLOODER, FLOOD, "/flood");
    // Beside other tests, it can be one of their processes.
    let named = false;
    for (let tries = 0; tries < 50 && !named; tries++) {
      const pid = open(FLOODER, 2000, "/flood");
      const last = live.lastOverShare();
      named = last?.pid === pid && last.uid === FLOODER;
    }
    expect(named).toBe(true);
  });

  it("keeps the events of other users while many processes of a user flood", () => {
    watch();
    for (let i = 0; i < 24; i++) open(FLOODER, FLOOD / 8, "/flood");
    open(ANOTHER, 10, "/other-user");
    const { ringFull } = live.counts();
    expect(recorded().opened.get("/other-user")).toBe(10);
    expect(ringFull).toBe(0);
  });

  it("keeps all events of a process after the reader has caught up", () => {
    watch();
    open(FLOODER, FLOOD, "/flood");
    for (const event = new Event(); live.next(event); );
    const before = live.counts();
    open(FLOODER, FLOOD / 8, "/again");
    expect(live.counts().lost).toBe(before.lost);
    expect(recorded().opened.get("/again")).toBe(FLOOD / 8);
  });
});
